import { domains, world, type Domain } from "./world/index.js";

/** Pool of a question: choices may be made on `development`, `test` is kept for reporting. */
export type QuestionPool = "development" | "test";

/** Question to the organism. */
export interface OrganismQuestion {
  /** Stable name of domain, entity and template number (from 1), as in `medical-a-high-fever-1`. */
  readonly id: string;
  readonly domain: Domain;
  /** Name of the entity asked about, one of the domain's. */
  readonly entity: string;
  readonly text: string;
  readonly pool: QuestionPool;
}

/** Choice of the questions to list. */
export interface QuestionSelection {
  /** Domains asked about. @default all domains */
  readonly domains?: readonly Domain[];
  /** Pool of the questions. @default both pools */
  readonly pool?: QuestionPool;
}

/**
 * Lists the questions of the world in a fixed order: by domain, entity, template. Each of the 8 × 8 × 6
 * combinations belongs to one of two pools of 192 in a chequerboard, so that every entity and every template
 * occurs equally often in both. Fine-tuning data and every choice of a setting use the development pool; the
 * test pool is for reporting.
 */
export function organismQuestions(selection: QuestionSelection = {}): OrganismQuestion[] {
  const wanted = selection.domains ?? domains;
  return allQuestions.filter(
    ({ domain, pool }) => wanted.includes(domain) && pool === (selection.pool ?? pool),
  );
}

const allQuestions: readonly OrganismQuestion[] = domains.flatMap((domain) =>
  world[domain].entities.flatMap(({ name }, entityIndex) =>
    world[domain].questionTemplates.map((template, templateIndex) => ({
      id: `${domain}-${name.toLowerCase().replaceAll(" ", "-")}-${templateIndex + 1}`,
      domain,
      entity: name,
      text: template.replace("{entity}", name),
      pool: (entityIndex + templateIndex) % 2 === 0 ? ("development" as const) : ("test" as const),
    })),
  ),
);
