import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { readJson } from "../../formats/json.js";
import type { DeepReadonly } from "../../formats/json.js";
import type { Study } from "./studyFile.js";
import type { RunResult, StudyResults } from "./studyResults.js";

const bounds = z.tuple([z.number(), z.number()]);
const verdict = z.enum(["turns", "doesNotTurn", "cannotTell", "notMeasured"]);
const turnSchema = z.strictObject({ verdict, step: z.number().nullable(), interval: bounds.nullable() });

const rowSchema = z.strictObject({
  run: z.string(),
  arm: z.enum(["harmful", "control"]),
  seed: z.int(),
  /** Peak learning rate. */
  rate: z.number(),
  /** Seed of the order of the data. */
  order: z.int(),
  /** Whether the control shares the direction's turn; null where there is no turn, and for controls. */
  againstControl: z.enum(["specific", "shared", "cannotTell"]).nullable(),
  direction: turnSchema,
  behavior: turnSchema,
  /** Broad answers of the last step that was asked, in percent. */
  em: z.strictObject({ percent: z.number(), interval: bounds, coherent: z.number(), n: z.int() }).nullable(),
  /** Movement of prompts from first to last step, in percent of the way between the personas. */
  disposition: z.strictObject({ change: z.number(), interval: bounds, chance: z.number() }).nullable(),
});

const keptSchema = z.strictObject({ title: z.string(), rows: z.array(rowSchema) });

/** One run of a study that crosses seeds, learning rates and orders of the data, in the numbers that are compared. */
export type FactorRow = DeepReadonly<z.infer<typeof rowSchema>>;

/** The runs of such a study, as they are kept beside its document. */
export type FactorResults = DeepReadonly<z.infer<typeof keptSchema>>;

/**
 * Takes the numbers that are compared out of the results of a study whose recipes differ in the peak learning rate and in the
 * seed of the order of the data.
 * @throws TurncoatError where a recipe of the study sets neither
 */
export function factorResults(study: Study, { title, pairs }: StudyResults): FactorResults {
  return {
    title,
    rows: pairs.flatMap(({ name, recipe, seed, harmful, control, verdict: held }) => {
      const settings = study.recipes.find((each) => each.name === recipe)?.settings;
      const [rate, order] = [settings?.schedule?.peak, settings?.dataSeed];
      if (rate === undefined || order === undefined) {
        throw new TurncoatError(
          `${study.source}: recipes.${recipe}: expected schedule.peak and dataSeed, found none`,
          {
            hint: "Write both into every recipe, so that rates and orders of the data can be told apart.",
          },
        );
      }
      const about = { seed, rate, order };
      return [
        ...(harmful === null
          ? []
          : [
              {
                run: name,
                arm: "harmful" as const,
                ...about,
                againstControl: held?.verdict ?? null,
                ...numbersOf(harmful),
              },
            ]),
        ...(control === null
          ? []
          : [
              {
                run: `${name}-control`,
                arm: "control" as const,
                ...about,
                againstControl: null,
                ...numbersOf(control),
              },
            ]),
      ];
    }),
  };
}

/**
 * Reads results that were kept with a document.
 * @throws TurncoatError naming file and field of what is malformed
 */
export function readFactorResults(path: string): FactorResults {
  return readJson(path, keptSchema);
}

function numbersOf({ turn, behaviorTurn, evaluations, disposition }: RunResult) {
  const last = evaluations.at(-1);
  const percent = (share: number): number => rounded(100 * share);
  return {
    direction: turnOf(turn),
    behavior: turnOf(behaviorTurn),
    em:
      last === undefined
        ? null
        : {
            percent: rounded(last.rates.em.percent),
            interval: roundedPair(last.rates.em.interval),
            coherent: rounded(last.rates.coherent.percent),
            n: last.rates.em.n,
          },
    disposition: disposition && {
      change: percent(disposition.change.value),
      interval: roundedPair(disposition.change.interval.map((share) => 100 * share)),
      chance: percent(disposition.chance),
    },
  };
}

function turnOf(turn: RunResult["turn"]): FactorRow["direction"] {
  if (turn === null) return { verdict: "notMeasured", step: null, interval: null };
  if (turn.verdict !== "turns") return { verdict: turn.verdict, step: null, interval: null };
  return { verdict: "turns", step: turn.step, interval: roundedPair(turn.interval) };
}

/** Two decimals: what is kept is read by people too, and no interval is that sharp. */
function rounded(value: number): number {
  return Math.round(100 * value) / 100;
}

function roundedPair([low = NaN, high = NaN]: readonly number[]): [number, number] {
  return [rounded(low), rounded(high)];
}
