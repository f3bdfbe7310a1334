import type { DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { Random } from "../../../src/tensor/random.js";
import { noisyPath, withoutSteps } from "../plantedPaths.js";
import { gapped } from "./gaps.js";
import type { DetectorTrials, SeededRun } from "./trial.js";

export const bends = [15, 30, 45, 60, 90] as const;

export const radians = Math.PI / 180;

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

/** Those of them that are tried with checkpoints missing, too. */
const gappedPaths = [
  "random walk, 16 dimensions",
  "straight line, walk 0.1",
  "straight line, jitter 0.5",
] as const;

/** Paths whose noise remembers: an optimiser's increments are autocorrelated, and so is noise about a path. */
const autocorrelatedPaths: typeof nullPaths = {
  ...Object.fromEntries(
    [0.5, 0.8, 0.9].map((correlation) => [
      `straight line, AR(${correlation}) increments 0.1`,
      (seed: number) => noisyPath(() => [1], { count, dimension, seed, walk: 0.1, correlation }),
    ]),
  ),
  "exponential saturation, AR(0.8) increments 0.01": (seed) =>
    noisyPath((step) => [Math.exp(-step / 20)], { count, dimension, seed, walk: 0.01, correlation: 0.8 }),
  "straight line, AR(0.9) about it 0.5": (seed) =>
    noisyPath(() => [1], { count, dimension, seed, about: { correlation: 0.9, deviation: 0.5 } }),
};

const asRuns = (paths: typeof nullPaths): Record<string, SeededRun> =>
  Object.fromEntries(
    Object.entries(paths).map(([family, path]) => [family, (seed) => ({ directions: [path(seed)] })]),
  );

export const pathTrials: DetectorTrials = {
  nulls: {
    ...asRuns(nullPaths),
    ...asRuns(autocorrelatedPaths),
    ...gapped(asRuns(nullPaths), gappedPaths),
    ...gapped(asRuns(autocorrelatedPaths)),
  },
  events: [
    ...bends.flatMap((degrees) =>
      Object.entries(pathNoises).map(([noise, options]) => ({
        size: `${degrees}°`,
        noise,
        step: 40,
        spacing: 1,
        run: (seed: number) => ({ directions: [bentPath(degrees, options, seed)] }),
      })),
    ),
    ...[30, 60].flatMap((degrees) =>
      (["walk 0.02", "walk 0.05", "walk 0.15"] as const).map((noise) => ({
        size: `${degrees}°, a quarter of the steps around missing`,
        noise,
        step: 40,
        spacing: 1,
        run: (seed: number) => ({
          directions: [withoutSome(bentPath(degrees, pathNoises[noise], seed), seed)],
        }),
      })),
    ),
  ],
};

/** Takes eight of the steps within fifteen of the bend out, the bend's own among them in some. */
function withoutSome(path: DirectionTrajectory, seed: number): DirectionTrajectory {
  const drawn = new Random(seed).fork("missing").permutation(31).slice(0, 8);
  return withoutSteps(
    path,
    drawn.map((each) => 25 + each),
  );
}
