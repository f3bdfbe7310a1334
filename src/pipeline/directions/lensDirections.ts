import {
  lensBaseline,
  lensDraws,
  lensReading,
  type LensBaseline,
  type LensReading,
} from "../../analysis/directions/lensReading.js";
import type { NamedDirection } from "../../analysis/geometry/adapterRecord.js";
import { TurncoatError } from "../../errors.js";
import { logitLens } from "../../model/hooks/logitLens.js";
import type { Model } from "../../model/model.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import { runDirections } from "./runDirections.js";

/** Directions read through the output weights of a model, beside random ones. */
export interface LensResult {
  readonly directions: readonly (LensReading & { readonly name: string })[];
  /** Random directions: normal numbers in the residual stream. */
  readonly random: LensBaseline;
  readonly seed: number;
}

/** Settings of a reading. */
export interface LensOptions {
  /** Tokens listed at either end. @default 10 */
  readonly listed?: number;
  /** Number of random directions. @default 100, and more where more than five directions are read */
  readonly draws?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Reads directions through the output weights of a model, beside random directions (`docs/methods.md §5.6`). Only where
 * a vector points counts, so that random ones of any length compare.
 *
 * @throws TurncoatError naming the direction that is not one of the model's residual stream
 */
export async function lensDirections(
  model: Model,
  directions: readonly NamedDirection[],
  options: LensOptions = {},
): Promise<LensResult> {
  const { listed = 10, draws = lensDraws(directions.length), seed = 0 } = options;
  const { hiddenSize } = model.config;
  for (const { name, vector } of directions) {
    if (vector.length === hiddenSize && vector.some((value) => value !== 0)) continue;
    throw new TurncoatError(
      `${name}: expected a direction of the residual stream, ${hiddenSize} numbers, found ` +
        (vector.length === hiddenSize ? "zeros" : `${vector.length}`),
    );
  }
  const source = new Random(seed).fork("logit lens");
  const random = Array.from({ length: draws }, () =>
    Float32Array.from({ length: hiddenSize }, () => source.normal()),
  );
  const baseline = lensBaseline(await logitLens(model, random));
  const read = await logitLens(
    model,
    directions.map(({ vector }) => vector),
  );
  return {
    directions: read.map((logits, index) => ({
      name: directions[index]?.name ?? "",
      ...lensReading(logits, baseline, { directions: directions.length, listed }),
    })),
    random: baseline,
    seed,
  };
}

/**
 * The directions that a run has in the residual stream at some steps: B of every adapter of rank 1 that writes into it,
 * trained vectors, and those stored with the run at these steps.
 *
 * @param wanted steps; @default the last checkpoint
 * @throws TurncoatError where there are none
 */
export function directionsAt(
  source: RunSource,
  hiddenSize: number,
  wanted?: readonly number[],
): NamedDirection[] {
  const run = runOf(source);
  const steps = wanted ?? run.checkpoints.slice(-1).map(({ step }) => step);
  const known = runDirections(run, hiddenSize);
  const found = steps.flatMap((step) =>
    known
      .filter((each) => each.steps.includes(step))
      .map(({ id, at }) => ({ name: `${id}, step ${step}`, vector: at(step).vector })),
  );
  if (found.length > 0) return found;
  throw new TurncoatError(
    `${run.directory}: expected a direction in the residual stream at step ${steps.join(", ")}, found none`,
    {
      hint: "Adapters of rank 1 on down_proj or o_proj have one after step 0, as trained vectors do; turncoat probe stores others.",
    },
  );
}
