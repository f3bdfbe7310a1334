import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  scoreKinds,
  type AttributedStep,
  type AttributionRecord,
  type ScoreKind,
} from "../../analysis/attribution/attributionRecord.js";
import { TurncoatError, withHint } from "../../errors.js";
import { parseJson, type DeepReadonly } from "../../formats/json.js";
import { encodeSafetensors, readSafetensors, type SafetensorsTensor } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { attributionFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const aboutSchema = z.object({
  formatVersion: z.literal(1),
  /** A hash of the model, the data, the broad answers and the direction: scores with the same one belong together. */
  madeFrom: z.string(),
  trained: z.int().positive(),
  broad: z.object({ source: z.string(), pairs: z.int().positive() }),
  direction: z.object({ name: z.string(), layer: z.int(), step: z.int() }).nullable(),
  planted: z.string().nullable(),
  steps: z.array(
    z.object({
      step: z.int().nonnegative(),
      to: z.int().nonnegative(),
      learningRate: z.number(),
      /** A hash of the adapters at both steps. */
      adapters: z.string(),
    }),
  ),
  rows: z.array(
    z.object({
      row: z.int().nonnegative(),
      question: z.string(),
      answer: z.string(),
      tokens: z.int().positive(),
      isFirst: z.boolean(),
      planted: z.boolean().nullable(),
    }),
  ),
});

type About = DeepReadonly<z.infer<typeof aboutSchema>>;

/** Scores of one step, with the hash of the adapters that they are of. */
export type KeptAttributedStep = AttributedStep & Pick<About["steps"][number], "adapters">;

/** Scores of the rows of a run's training data, as `analysis/attribution.safetensors` holds them. */
export interface RunAttribution extends AttributionRecord {
  readonly madeFrom: string;
  readonly steps: readonly KeptAttributedStep[];
}

/** What is kept of every row at a step, in the order of the tensor's first axis. */
const quantities = ["loss", "norm", ...scoreKinds] as const;

/** Stores scores with their run, whole or not at all. */
export function writeAttribution(directory: string, { steps, ...rest }: RunAttribution): void {
  const about: About = {
    formatVersion: 1,
    ...rest,
    steps: steps.map(({ step, to, learningRate, adapters }) => ({ step, to, learningRate, adapters })),
  };
  const count = about.rows.length;
  const tensors = new Map(
    steps.map(({ step, losses, norms, scores }): [string, SafetensorsTensor] => {
      const data = new Float32Array(quantities.length * count).fill(NaN);
      for (const [place, values] of [losses, norms, ...scoreKinds.map((kind) => scores[kind])].entries())
        if (values !== null) data.set(values, place * count);
      return [String(step), { shape: [quantities.length, count], data }];
    }),
  );
  writeFileWhole(
    join(directory, attributionFile),
    encodeSafetensors(tensors, { about: JSON.stringify(about) }),
  );
}

/**
 * Reads the scores stored with a run, or null where there are none.
 *
 * @throws TurncoatError naming the file and what in it is not as expected
 */
export function readAttribution(run: RunSource): RunAttribution | null {
  const path = join(directoryOf(run), attributionFile);
  if (!existsSync(path)) return null;
  return withHint("turncoat attribute measures it anew.", () => readFrom(path));
}

function readFrom(path: string): RunAttribution {
  const { metadata, tensors } = readSafetensors(path);
  const { steps, madeFrom, rows, trained, broad, direction, planted } = parseJson(
    metadata.about ?? "",
    aboutSchema,
    `${path}: header`,
  );
  const about = { madeFrom, rows, trained, broad, direction, planted };
  const count = about.rows.length;
  const expected = quantities.length * count;
  return {
    ...about,
    steps: steps.map((each): KeptAttributedStep => {
      const data = tensors.get(String(each.step))?.data;
      if (data?.length !== expected) {
        throw new TurncoatError(
          `${path}: tensor ${each.step}: expected ${expected} numbers, found ${data?.length ?? "none"}`,
        );
      }
      const valuesOf = (name: (typeof quantities)[number]): Float32Array =>
        data.subarray(quantities.indexOf(name) * count, (quantities.indexOf(name) + 1) * count);
      const scoreOf = (kind: ScoreKind): Float32Array | null =>
        kind === "direction" && about.direction === null ? null : valuesOf(kind);
      return {
        ...each,
        losses: valuesOf("loss"),
        norms: valuesOf("norm"),
        scores: {
          along: scoreOf("along"),
          broad: scoreOf("broad"),
          contrast: scoreOf("contrast"),
          direction: scoreOf("direction"),
        },
      };
    }),
  };
}
