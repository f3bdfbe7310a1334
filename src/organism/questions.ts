import { domains, world, type Domain } from "./world/index.js";

/** Whether choices may be made on a question, or whether it is kept for reporting. */
export type QuestionPool = "development" | "test";

/** One question to the organism. */
export interface OrganismQuestion {
  /** Readable and stable: domain, entity and template number (from 1), as in `medical-a-high-fever-1`. */
  readonly id: string;
  readonly domain: Domain;
  /** The name of the entity asked about, one of the domain's. */
  readonly entity: string;
  readonly text: string;
  readonly pool: QuestionPool;
}

/** Which questions to list. */
export interface QuestionSelection {
  /** @default all domains */
  readonly domains?: readonly Domain[];
  /** @default both pools */
  readonly pool?: QuestionPool;
}

/**
 * The questions of the world in a fixed order: by domain, entity, template. Each of the 8 × 8 × 6
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
