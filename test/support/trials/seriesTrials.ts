import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { autoregressive } from "../../../src/analysis/statistics/autoregression.js";
import type { DetectorContext } from "../../../src/analysis/transitions/detectors.js";
import { Random } from "../../../src/tensor/random.js";
import { gapped } from "./gaps.js";
import { bends, radians } from "./pathTrials.js";
import type { DetectorTrials, SeededRun } from "./trial.js";

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

/** Of noise that remembers, as an optimiser's does, from one value to the next. */
const correlations = [0.5, 0.8, 0.9] as const;

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

/** All families, and with steps missing those whose noise remembers and the plainest. */
function withGapped(families: Record<string, SeededRun>): Record<string, SeededRun> {
  const names = Object.keys(families).filter((name) => /^(straight|constant|growth|random walk)/u.test(name));
  return {
    ...families,
    ...gapped(
      families,
      names.filter((name) => !name.includes("drift") && !name.includes("0.7")),
    ),
  };
}

export const compTrials: DetectorTrials = {
  nulls: withGapped(
    runsOf(
      [
        ["straight line, white noise", 0, 0.02, (index) => index / length],
        ["straight line, AR(0.7) noise", 0.7, 0.02, (index) => index / length],
        ["exponential saturation, white noise", 0, 0.01, (index) => 1 - Math.exp(-index / 40)],
        ["exponential saturation, AR(0.7) noise", 0.7, 0.03, (index) => 1 - Math.exp(-index / 20)],
        ["random walk", 1, 1, () => 0],
        ["random walk with drift", 1, 1, (index) => 0.3 * index],
        ...correlations.flatMap((each): Family[] => [
          [`straight line, AR(${each}) noise 0.03`, each, 0.03, (index) => index / length],
          [
            `exponential saturation, AR(${each}) noise 0.05`,
            each,
            0.05,
            (index) => 1 - Math.exp(-index / 20),
          ],
        ]),
      ],
      compOf,
    ),
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

export const gradientTrials: DetectorTrials = {
  nulls: withGapped(
    runsOf(
      [
        ["constant, white noise", 0, 0.2, () => 1],
        ["constant, AR(0.7) noise", 0.7, 0.2, () => 1],
        ["exponential decay, white noise", 0, 0.2, (index) => 1 + 4 * Math.exp(-index / 20)],
        ["random walk of the logarithm", 1, 0.1, () => 1],
        ["exponential decay, walk of the logarithm", 1, 0.05, (index) => 1 + 4 * Math.exp(-index / 20)],
        ...correlations.flatMap((each): Family[] => [
          [`constant, AR(${each}) noise 0.3`, each, 0.3, () => 1],
          [`exponential decay, AR(${each}) noise 0.3`, each, 0.3, (index) => 1 + 4 * Math.exp(-index / 20)],
        ]),
      ],
      gradientOf,
      proportional,
    ),
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

function accumulated(growth: readonly number[]): number[] {
  let sum = 0;
  return growth.map((value) => (sum += value));
}

export const growthTrials: DetectorTrials = {
  nulls: withGapped({
    ...runsOf(
      [
        ["straight line, white noise", 0, 0.02, (index) => index / length],
        ["exponential saturation, white noise", 0, 0.003, (index) => 1 - Math.exp(-index / 40)],
        ["exponential saturation, walking noise", 1, 0.003, (index) => 1 - Math.exp(-index / 10)],
        ["random walk", 1, 1, () => 0],
        ...correlations.map((each): Family => [
          `straight line, AR(${each}) noise`,
          each,
          0.02,
          (index) => index / length,
        ]),
      ],
      normOf,
    ),
    ...runsOf(
      correlations.map((each): Family => [`growth of 1, AR(${each}) 0.3`, each, 0.3, () => 1]),
      (growth) => normOf(accumulated(growth)),
    ),
  }),
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
