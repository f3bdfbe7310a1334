import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { directionsFolder, stepOfFolder, trainerStateFile } from "../../src/runs/layout.js";
import {
  manyAdaptersShapes,
  writeManyAdaptersRun,
  type ManyAdaptersShape,
} from "../../test/support/training/manyAdaptersRun.js";
import { analyzeWholeSchema, type AnalysisRequest, type LocalCosines } from "./analysisMessages.js";
import { askOnce } from "./askOnce.js";

const longSteps = 99;

/**
 * Analysis of a run of which random projections were kept: what a long one takes, and how the local cosines of a shorter
 * one, whose adapters are all there, compare with the exact ones and with their stated errors.
 * @param folder in which runs are written
 */
export async function projectedAnalysis(folder: string): Promise<object> {
  const bend = { step: 50, layers: [8, 12] } as const;
  const long = join(folder, "long-projected");
  console.error(`writing projections of ${longSteps + 1} steps of 168 adapters`);
  writeManyAdaptersRun(long, manyAdaptersShapes["qwen0.5b"], {
    ...{ steps: longSteps, seed: 3, bend, keep: "directions" },
  });
  const { whole, ...times } = await look(long);
  return {
    shape: "qwen0.5b",
    ...{ checkpoints: longSteps + 1, adapters: 168, rank: 32 },
    ...times,
    largestStated: Math.max(...defined(whole?.errors)),
    exact: await comparison(folder, { ...manyAdaptersShapes.smollm2, rank: 8 }),
  };
}

async function comparison(folder: string, shape: ManyAdaptersShape): Promise<object> {
  const [exact, projected] = [join(folder, "exact"), join(folder, "projected")];
  const steps = 60;
  console.error(`writing ${steps + 1} adapters and projections of them`);
  writeManyAdaptersRun(exact, shape, {
    ...{ steps, seed: 3, bend: { step: 30, layers: [10, 14] }, keep: "both" },
  });
  const kept = readdirSync(exact).filter(
    (name) =>
      name === directionsFolder || name === trainerStateFile || [0, steps].includes(stepOfFolder(name) ?? -1),
  );
  for (const name of kept) cpSync(join(exact, name), join(projected, name), { recursive: true });
  const [one, other] = [await look(projected), await look(exact)];
  return {
    checkpoints: steps + 1,
    adapters: 7 * shape.layers,
    rank: shape.rank,
    ...compared(one.whole, other.whole),
  };
}

/** Compares local cosines with the exact ones. */
function compared(found: LocalCosines | null, exact: LocalCosines | null): object {
  const errors = (exact?.values ?? []).flatMap((value, index) => {
    const other = found?.values[index];
    return value === null || other == null
      ? []
      : [{ error: Math.abs(value - other), stated: found?.errors?.[index] ?? NaN }];
  });
  return {
    cosines: errors.length,
    withinStated: errors.filter(({ error, stated }) => error <= stated).length,
    largestError: Math.max(...errors.map(({ error }) => error)),
    largestStated: Math.max(...errors.map(({ stated }) => stated)),
  };
}

function defined(values: readonly (number | null)[] | null | undefined): number[] {
  return (values ?? []).filter((value) => value !== null);
}

function look(directory: string) {
  const request: AnalysisRequest = { request: "analyze", directory };
  return askOnce(request, analyzeWholeSchema);
}
