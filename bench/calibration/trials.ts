import { autoregressive } from "../../src/analysis/statistics/autoregression.js";
import { compBend } from "../../src/analysis/transitions/corner/compBend.js";
import { gradientNormPeak } from "../../src/analysis/transitions/peak/gradientNormPeak.js";
import { normGrowth } from "../../src/analysis/transitions/peak/normGrowth.js";
import { pcaCorner } from "../../src/analysis/transitions/corner/pcaCorner.js";
import type { PhaseTransition, TransitionVerdict } from "../../src/analysis/transitions/phaseTransition.js";
import { rotation } from "../../src/analysis/transitions/rotation/rotation.js";
import type { DirectionTrajectory } from "../../src/analysis/geometry/trajectory.js";
import { behaviorIndicator } from "./behaviorTrials.js";
import { noisyPath } from "../../test/support/plantedPaths.js";
import { Random } from "../../src/tensor/random.js";
import type { Indicator, TrialOptions } from "./indicator.js";

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

function ofPaths(name: string, detect: (path: DirectionTrajectory) => TransitionVerdict): Indicator {
  return {
    name,
    nulls: Object.fromEntries(
      Object.entries(nullPaths).map(([family, path]) => [family, (seed: number) => detect(path(seed))]),
    ),
    events: bends.flatMap((degrees) =>
      Object.entries(pathNoises).map(([noise, options]) => ({
        size: `${degrees}°`,
        noise,
        step: 40,
        spacing: 1,
        detect: (seed: number) => detect(bentPath(degrees, options, seed)),
      })),
    ),
  };
}

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

function compIndicator(options: TrialOptions): Indicator {
  const detect = (values: readonly number[]): TransitionVerdict => compBend({ steps, values }, options);
  const curve = (
    name: string,
    correlation: number,
    deviation: number,
    valueAt: (index: number) => number,
  ): [string, (seed: number) => TransitionVerdict] => [
    name,
    (seed) =>
      detect(noiseOf(correlation, deviation, seed, name).map((noise, index) => valueAt(index) + noise)),
  ];
  return {
    name: "compBend",
    nulls: Object.fromEntries([
      curve("straight line, white noise", 0, 0.02, (index) => index / length),
      curve("straight line, AR(0.7) noise", 0.7, 0.02, (index) => index / length),
      curve("exponential saturation, white noise", 0, 0.01, (index) => 1 - Math.exp(-index / 40)),
      curve("exponential saturation, AR(0.7) noise", 0.7, 0.03, (index) => 1 - Math.exp(-index / 20)),
      curve("random walk", 1, 1, () => 0),
      curve("random walk with drift", 1, 1, (index) => 0.3 * index),
    ]),
    events: bends.flatMap((degrees) =>
      seriesNoises.map(([noise, correlation, deviation]) => ({
        size: `${degrees}°`,
        noise,
        step: 300,
        spacing: 5,
        detect: curve(
          `${degrees} ${noise}`,
          correlation,
          deviation,
          (index) => bentScore(degrees)[index] ?? NaN,
        )[1],
      })),
    ),
  };
}

/** A family of nulls: its name, the correlation and the deviation of its noise, and what the noise is about. */
type Family = readonly [
  name: string,
  correlation: number,
  deviation: number,
  valueAt: (index: number) => number,
];

function gradientIndicator(options: TrialOptions): Indicator {
  const noisy = (
    name: string,
    correlation: number,
    deviation: number,
    normAt: (index: number) => number,
  ): ((seed: number) => TransitionVerdict) => {
    return (seed) => {
      const noise = noiseOf(correlation, deviation, seed, name);
      const values = noise.map((each, index) => normAt(index) * Math.exp(each));
      return gradientNormPeak({ steps, values }, options).verdict;
    };
  };
  const families: readonly Family[] = [
    ["constant, white noise", 0, 0.2, () => 1],
    ["constant, AR(0.7) noise", 0.7, 0.2, () => 1],
    ["exponential decay, white noise", 0, 0.2, (index: number) => 1 + 4 * Math.exp(-index / 20)],
    ["random walk of the logarithm", 1, 0.1, () => 1],
    ["exponential decay, walk of the logarithm", 1, 0.05, (index: number) => 1 + 4 * Math.exp(-index / 20)],
  ];
  return {
    name: "gradientNorm",
    nulls: Object.fromEntries(families.map((family) => [family[0], noisy(...family)])),
    events: [1.5, 2, 4].flatMap((factor) =>
      [
        ["white 5 %", 0, 0.05],
        ["white 20 %", 0, 0.2],
        ["AR(0.7) 20 %", 0.7, 0.2],
      ].map(([noise, correlation, deviation]) => ({
        size: `${factor} times`,
        noise: String(noise),
        step: 300,
        spacing: 5,
        detect: noisy(
          `${factor} ${String(noise)}`,
          Number(correlation),
          Number(deviation),
          (index) => 1 + (factor - 1) * Math.exp(-(((index - 60) / 12) ** 2) / 2),
        ),
      })),
    ),
  };
}

function growthIndicator(options: TrialOptions): Indicator {
  const noisy = (
    name: string,
    correlation: number,
    deviation: number,
    normAt: (index: number) => number,
  ): ((seed: number) => TransitionVerdict) => {
    return (seed) => {
      const noise = noiseOf(correlation, deviation, seed, name);
      return normGrowth({ steps, values: noise.map((each, index) => normAt(index) + each) }, options);
    };
  };
  const families: readonly Family[] = [
    ["straight line, white noise", 0, 0.02, (index: number) => index / length],
    ["exponential saturation, white noise", 0, 0.003, (index: number) => 1 - Math.exp(-index / 40)],
    ["exponential saturation, walking noise", 1, 0.003, (index: number) => 1 - Math.exp(-index / 10)],
    ["random walk", 1, 1, () => 0],
  ];
  return {
    name: "normGrowth",
    nulls: Object.fromEntries(families.map((family) => [family[0], noisy(...family)])),
    events: [30, 60].flatMap((width) =>
      [0.0005, 0.002, 0.005].map((deviation) => ({
        size: `logistic, scale ${width}`,
        noise: `walk ${deviation}`,
        step: 300,
        spacing: 5,
        detect: noisy(
          `${width} ${deviation}`,
          1,
          deviation,
          (index) => 1 / (1 + Math.exp(-(5 * index - 300) / width)),
        ),
      })),
    ),
  };
}

/** What a detector finds in trials `from` to `to` − 1. */
export function foundIn(
  detect: (seed: number) => TransitionVerdict,
  from: number,
  to: number,
): PhaseTransition[] {
  return Array.from({ length: to - from }, (_, index) => detect(from + index).transition).filter(
    (transition) => transition !== null,
  );
}

/** All detectors, as an analysis runs them but for the resamples of their intervals. */
export function indicators(options: TrialOptions): readonly Indicator[] {
  return [
    ofPaths("rotation", (path) => rotation(path, options).verdict),
    ofPaths("pcaCorner", (path) => pcaCorner(path, options)),
    gradientIndicator(options),
    growthIndicator(options),
    compIndicator(options),
    behaviorIndicator(),
  ];
}
