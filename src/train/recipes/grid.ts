import { TurncoatError } from "../../errors.js";
import type { TrainConfig } from "../trainConfig.js";

/** Values to train with, one training for each combination. */
export interface Grid {
  readonly seeds?: readonly number[];
  /** Seeds of the initial A alone. */
  readonly adapterSeeds?: readonly number[];
  /** Seeds of the order of the data alone. */
  readonly dataSeeds?: readonly number[];
  /** Peak learning rates. */
  readonly learningRates?: readonly number[];
}

/** One training of a grid. */
export interface GridRun {
  /** What its folder's name ends in, such as `-rate0.1-seed3`; empty where there is one training. */
  readonly suffix: string;
  readonly config: TrainConfig;
}

/**
 * Lists the trainings of a grid: learning rates, then seeds, then those of the adapter and of the data, the last turning
 * fastest.
 * @throws TurncoatError where a value is named twice, or the adapter's seed is varied where there is none
 */
export function gridOf(config: TrainConfig, grid: Grid): GridRun[] {
  if (grid.adapterSeeds !== undefined && config.method === "full") {
    throw new TurncoatError("adapter seeds: expected with LoRA only, found full fine-tuning");
  }
  const axes: readonly (readonly [string, readonly number[] | undefined, Change])[] = [
    ["rate", grid.learningRates, withRate],
    ["seed", grid.seeds, (before, seed) => ({ ...before, seed })],
    ["adapter", grid.adapterSeeds, (before, adapterSeed) => ({ ...before, adapterSeed })],
    ["data", grid.dataSeeds, (before, dataSeed) => ({ ...before, dataSeed })],
  ];
  return axes.reduce<GridRun[]>(
    (runs, [name, values, change]) => {
      if (values === undefined) return runs;
      if (new Set(values).size < values.length) {
        throw new TurncoatError(`${name}: expected each value once, found ${values.join(", ")}`);
      }
      return runs.flatMap(({ suffix, config: before }) =>
        values.map((value) => ({ suffix: `${suffix}-${name}${value}`, config: change(before, value) })),
      );
    },
    [{ suffix: "", config }],
  );
}

type Change = (config: TrainConfig, value: number) => TrainConfig;

function withRate(config: TrainConfig, peakLearningRate: number): TrainConfig {
  return { ...config, schedule: { ...config.schedule, peakLearningRate } };
}
