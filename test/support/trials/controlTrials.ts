import { bendAgainst, type BendAgainstOptions } from "../../../src/analysis/controls/bendAgainst.js";
import type { ControlVerdict } from "../../../src/analysis/controls/shareVerdict.js";
import type { DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { rotation } from "../../../src/analysis/transitions/rotation/rotation.js";
import { Random } from "../../../src/tensor/random.js";
import { noisyPath, withoutSteps, type PathOptions } from "../plantedPaths.js";
import { radians } from "./pathTrials.js";

/** A planted pair: a run that turns by 60° at step 40, and a control. */
export interface PlantedPair {
  readonly name: string;
  /** Right verdict. */
  readonly expected: ControlVerdict;
  readonly control: (noise: PairNoise, seed: number) => DirectionTrajectory;
}

type PairNoise = Pick<PathOptions, "walk" | "jitter" | "correlation">;

const [resamples, draws] = [99, 49];

const planted = { degrees: 60, step: 40 } as const;

/** Noise by coordinate, relative to the speed of the path: 81 checkpoints in 16 dimensions. */
export const pairNoises: Readonly<Record<string, PairNoise>> = {
  "walk 0.05": { walk: 0.05 },
  "walk 0.15": { walk: 0.15 },
  "jitter 0.3": { jitter: 0.3 },
  "AR(0.8) increments 0.1": { walk: 0.1, correlation: 0.8 },
};

const turned =
  (degrees: number, step: number, count = 81) =>
  (noise: PairNoise, seed: number): DirectionTrajectory =>
    noisyPath((at) => (at < step ? [1] : [Math.cos(degrees * radians), Math.sin(degrees * radians)]), {
      count,
      dimension: 16,
      seed,
      ...noise,
    });

export const plantedPairs: readonly PlantedPair[] = [
  { name: "control straight", expected: "specific", control: turned(0, 40) },
  { name: "control turns by 15° at 40", expected: "specific", control: turned(15, 40) },
  { name: "control turns by 15° at 15", expected: "specific", control: turned(15, 15) },
  { name: "control turns by 60° at 40", expected: "shared", control: turned(60, 40) },
  { name: "control turns by 60° at 43", expected: "shared", control: turned(60, 43) },
  { name: "control turns by 45° at 40", expected: "shared", control: turned(45, 40) },
  { name: "control turns by 60° at 15", expected: "cannotTell", control: turned(60, 15) },
  {
    name: "control does not store steps 30 to 50",
    expected: "cannotTell",
    control: (noise, seed) =>
      withoutSteps(
        turned(0, 40)(noise, seed),
        Array.from({ length: 21 }, (_, index) => 30 + index),
      ),
  },
];

/** A run that turns as planted, and what is found of it. */
export interface PlantedRun {
  readonly path: DirectionTrajectory;
  readonly noise: PairNoise;
  readonly seed: number;
  readonly turn: Pick<BendAgainstOptions, "interval" | "k">;
}

/** The run of one trial; null where its turn is not found, so that there is nothing to hold against a control. */
export function plantedRun(noise: PairNoise, seed: number): PlantedRun | null {
  const path = turned(planted.degrees, planted.step)(noise, 2 * seed);
  const { transition } = rotation(path, { resamples, draws }).verdict;
  if (transition === null) return null;
  const { interval, evidence } = transition;
  return { path, noise, seed, turn: { interval, k: Math.max(...evidence.agreeing) } };
}

/** The verdict of one trial. */
export function pairVerdict({ path, noise, seed, turn }: PlantedRun, pair: PlantedPair): ControlVerdict {
  const random = new Random(seed).fork("pair");
  return bendAgainst(path, pair.control(noise, 2 * seed + 1), { ...turn, resamples, draws, random }).verdict;
}
