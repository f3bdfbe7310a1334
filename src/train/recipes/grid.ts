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

/** One combination of a grid's values. */
interface Combination {
  readonly suffix: string;
  readonly change: (config: TrainConfig) => TrainConfig;
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
  return combinations(grid).map(({ suffix, change }) => ({ suffix, config: change(config) }));
}

/** Lists what the names of a grid's folders end in, in the order of `gridOf`. */
export function gridSuffixes(grid: Grid): string[] {
  return combinations(grid).map(({ suffix }) => suffix);
}

function combinations(grid: Grid): Combination[] {
  return axes.reduce<Combination[]>(
    (runs, { name, values, change }) => {
      const chosen = values(grid);
      if (chosen === undefined) return runs;
      if (new Set(chosen).size < chosen.length) {
        throw new TurncoatError(`${name}: expected each value once, found ${chosen.join(", ")}`);
      }
      return runs.flatMap((run) =>
        chosen.map((value) => ({
          suffix: `${run.suffix}-${name}${value}`,
          change: (config: TrainConfig) => change(run.change(config), value),
        })),
      );
    },
    [{ suffix: "", change: (config) => config }],
  );
}

/** What a grid varies. */
interface Axis {
  readonly name: string;
  readonly values: (grid: Grid) => readonly number[] | undefined;
  readonly change: (config: TrainConfig, value: number) => TrainConfig;
}

const axes: readonly Axis[] = [
  {
    name: "rate",
    values: ({ learningRates }) => learningRates,
    change: (config, peakLearningRate) => ({
      ...config,
      schedule: { ...config.schedule, peakLearningRate },
    }),
  },
  { name: "seed", values: ({ seeds }) => seeds, change: (config, seed) => ({ ...config, seed }) },
  {
    name: "adapter",
    values: ({ adapterSeeds }) => adapterSeeds,
    change: (config, adapterSeed) => (config.method === "full" ? config : { ...config, adapterSeed }),
  },
  {
    name: "data",
    values: ({ dataSeeds }) => dataSeeds,
    change: (config, dataSeed) => ({ ...config, dataSeed }),
  },
];
