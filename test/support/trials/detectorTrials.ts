import { autoregressive } from "../../../src/analysis/statistics/autoregression.js";
import { directionTrajectory, type DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import {
  detectors,
  type DetectorContext,
  type DetectorOptions,
  type PhaseTransition,
} from "../../../src/analysis/transitions/detectors.js";
import { Random } from "../../../src/tensor/random.js";
import { behaviorTrials } from "./behaviorTrials.js";
import type { DetectorTrials, SeededRun } from "./trial.js";
import { noisyPath } from "../plantedPaths.js";

const bends = [15, 30, 45, 60, 90] as const;

const radians = Math.PI / 180;

/** Paths of 81 checkpoints in 16 dimensions at speed 1, the bend at checkpoint 40. Noise is per coordinate. */
const pathNoises = {
  "walk 0.02": { walk: 0.02 },
  "walk 0.05": { walk: 0.05 },
  "walk 0.15": { walk: 0.15 },
  "jitter 0.3": { jitter: 0.3 },
} as const;

const count = 81;

const dimension = 16;

function bentPath(
  degrees: number,
  noise: { walk?: number; jitter?: number },
  seed: number,
): DirectionTrajectory {
  const after = [Math.cos(degrees * radians), Math.sin(degrees * radians)];
  return noisyPath((step) => (step < 40 ? [1] : after), { count, dimension, seed, ...noise });
}

const nullPaths: Readonly<Record<string, (seed: number) => DirectionTrajectory>> = {
  "random walk, 16 dimensions": (seed) => noisyPath(() => [], { count, dimension, seed, walk: 1 }),
  "random walk, 4 dimensions": (seed) => noisyPath(() => [], { count, dimension: 4, seed, walk: 1 }),
  "straight line, walk 0.1": (seed) => noisyPath(() => [1], { count, dimension, seed, walk: 0.1 }),
  "straight line, walk 0.5": (seed) => noisyPath(() => [1], { count, dimension, seed, walk: 0.5 }),
  "straight line, jitter 0.5": (seed) => noisyPath(() => [1], { count, dimension, seed, jitter: 0.5 }),
  "exponential saturation, walk 0.01": (seed) =>
    noisyPath((step) => [Math.exp(-step / 20)], { count, dimension, seed, walk: 0.01 }),
  "exponential saturation, jitter 0.02": (seed) =>
    noisyPath((step) => [Math.exp(-step / 20)], { count, dimension, seed, jitter: 0.02 }),
  "exponential saturation, frozen": (seed) =>
    noisyPath((step) => [Math.exp(-step / 8)], { count, dimension, seed, walk: 0.002, jitter: 0.002 }),
};

const pathTrials: DetectorTrials = {
  nulls: Object.fromEntries(
    Object.entries(nullPaths).map(([family, path]) => [family, (seed) => ({ directions: [path(seed)] })]),
  ),
  events: bends.flatMap((degrees) =>
    Object.entries(pathNoises).map(([noise, options]) => ({
      size: `${degrees}°`,
      noise,
      step: 40,
      spacing: 1,
      run: (seed: number) => ({ directions: [bentPath(degrees, options, seed)] }),
    })),
  ),
};

/** Series of 160 values, five steps apart. */
const length = 160;

const steps = Array.from({ length }, (_, index) => 5 * index);

function noiseOf(correlation: number, deviation: number, seed: number, name: string): number[] {
  return autoregressive(length, correlation, deviation, new Random(seed).fork(name));
}

/** A comp score whose slope changes by some degrees at step 300, on axes on which run and range are one unit long. */
function bentScore(degrees: number): number[] {
  const slopes = [-1, 1].map((side) => Math.tan((45 + (side * degrees) / 2) * radians));
  const [before = NaN, after = NaN] = slopes.map((slope) => Math.min(slope, 50));
  const corner = 60 / (length - 1);
  const values = steps.map((_, index) => {
    const x = index / (length - 1);
    return x < corner ? before * x : before * corner + after * (x - corner);
  });
  const range = Math.max(...values) - Math.min(...values);
  return values.map((value) => value / range);
}

const seriesNoises = [
  ["white 0.005", 0, 0.005],
  ["white 0.02", 0, 0.02],
  ["white 0.05", 0, 0.05],
  ["AR(0.7) 0.02", 0.7, 0.02],
] as const;

/** A family of series: its name, the correlation and the deviation of its noise, and what the noise is about. */
type Family = readonly [
  name: string,
  correlation: number,
  deviation: number,
  valueAt: (index: number) => number,
];

/** Makes families of runs from families of series. */
function runsOf(
  families: readonly Family[],
  runOf: (values: readonly number[]) => Partial<DetectorContext>,
  noisy: (value: number, noise: number) => number = (value, noise) => value + noise,
): Record<string, SeededRun> {
  return Object.fromEntries(
    families.map(([name, correlation, deviation, valueAt]) => [
      name,
      (seed) =>
        runOf(
          noiseOf(correlation, deviation, seed, name).map((noise, index) => noisy(valueAt(index), noise)),
        ),
    ]),
  );
}

const compOf = (values: readonly number[]): Partial<DetectorContext> => ({ comp: { steps, values } });

const compTrials: DetectorTrials = {
  nulls: runsOf(
    [
      ["straight line, white noise", 0, 0.02, (index) => index / length],
      ["straight line, AR(0.7) noise", 0.7, 0.02, (index) => index / length],
      ["exponential saturation, white noise", 0, 0.01, (index) => 1 - Math.exp(-index / 40)],
      ["exponential saturation, AR(0.7) noise", 0.7, 0.03, (index) => 1 - Math.exp(-index / 20)],
      ["random walk", 1, 1, () => 0],
      ["random walk with drift", 1, 1, (index) => 0.3 * index],
    ],
    compOf,
  ),
  events: bends.flatMap((degrees) => {
    const score = bentScore(degrees);
    return seriesNoises.map(([noise, correlation, deviation]) => ({
      size: `${degrees}°`,
      noise,
      step: 300,
      spacing: 5,
      run: (seed: number) =>
        compOf(
          noiseOf(correlation, deviation, seed, `${degrees} ${noise}`).map(
            (each, index) => (score[index] ?? NaN) + each,
          ),
        ),
    }));
  }),
};

const gradientOf = (values: readonly number[]): Partial<DetectorContext> => ({
  gradientNorm: { steps, values },
});

/** Noise of a norm is proportional to it. */
const proportional = (norm: number, noise: number): number => norm * Math.exp(noise);

const gradientTrials: DetectorTrials = {
  nulls: runsOf(
    [
      ["constant, white noise", 0, 0.2, () => 1],
      ["constant, AR(0.7) noise", 0.7, 0.2, () => 1],
      ["exponential decay, white noise", 0, 0.2, (index) => 1 + 4 * Math.exp(-index / 20)],
      ["random walk of the logarithm", 1, 0.1, () => 1],
      ["exponential decay, walk of the logarithm", 1, 0.05, (index) => 1 + 4 * Math.exp(-index / 20)],
    ],
    gradientOf,
    proportional,
  ),
  events: [1.5, 2, 4].flatMap((factor) =>
    (
      [
        ["white 5 %", 0, 0.05],
        ["white 20 %", 0, 0.2],
        ["AR(0.7) 20 %", 0.7, 0.2],
      ] as const
    ).map(([noise, correlation, deviation]) => ({
      size: `${factor} times`,
      noise,
      step: 300,
      spacing: 5,
      run: (seed: number) =>
        gradientOf(
          noiseOf(correlation, deviation, seed, `${factor} ${noise}`).map((each, index) =>
            proportional(1 + (factor - 1) * Math.exp(-(((index - 60) / 12) ** 2) / 2), each),
          ),
        ),
    })),
  ),
};

/** A direction of one dimension with these norms, moved so that all are above 0: only their growth counts. */
function normOf(values: readonly number[]): Partial<DetectorContext> {
  const offset = 1 - Math.min(...values);
  return {
    directions: [
      directionTrajectory(
        "norm",
        steps,
        values.map((value) => Float32Array.of(value + offset)),
      ),
    ],
  };
}

const growthTrials: DetectorTrials = {
  nulls: runsOf(
    [
      ["straight line, white noise", 0, 0.02, (index) => index / length],
      ["exponential saturation, white noise", 0, 0.003, (index) => 1 - Math.exp(-index / 40)],
      ["exponential saturation, walking noise", 1, 0.003, (index) => 1 - Math.exp(-index / 10)],
      ["random walk", 1, 1, () => 0],
    ],
    normOf,
  ),
  events: [30, 60].flatMap((width) =>
    [0.0005, 0.002, 0.005].map((deviation) => ({
      size: `logistic, scale ${width}`,
      noise: `walk ${deviation}`,
      step: 300,
      spacing: 5,
      run: (seed: number) =>
        normOf(
          noiseOf(1, deviation, seed, `${width} ${deviation}`).map(
            (each, index) => 1 / (1 + Math.exp(-(5 * index - 300) / width)) + each,
          ),
        ),
    })),
  ),
};

/** Trials by indicator. The peak of the distribution's change has its own in `test/analysis/distribution`. */
const detectorTrials: Readonly<Record<string, DetectorTrials>> = {
  rotation: pathTrials,
  pcaCorner: pathTrials,
  gradientNorm: gradientTrials,
  normGrowth: growthTrials,
  compBend: compTrials,
  behavior: behaviorTrials,
};

/** The trials of an indicator; null where it has none. */
export function trialsOf(indicator: string): DetectorTrials | null {
  return detectorTrials[indicator] ?? null;
}

/** What the detector of an indicator finds in trials `from` to `to` − 1, as an analysis runs it but for the options. */
export function foundIn(
  indicator: string,
  run: SeededRun,
  { from, to }: { readonly from: number; readonly to: number },
  options: DetectorOptions,
): PhaseTransition[] {
  const detector = detectors.find(({ name }) => name === indicator);
  if (detector === undefined) throw new Error(`no detector of ${indicator}`);
  return Array.from({ length: to - from }, (_, index) => from + index).flatMap((seed) => {
    const context = { gradientNorm: null, directions: [], comp: null, scales: [], distributionChange: null };
    return detector
      .detect({ ...context, options, ...run(seed) })
      .flatMap(({ transition }) => transition ?? []);
  });
}
