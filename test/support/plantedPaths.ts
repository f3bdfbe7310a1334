import { directionTrajectory, type DirectionTrajectory } from "../../src/analysis/geometry/trajectory.js";
import { autoregressive } from "../../src/analysis/statistics/autoregression.js";
import { Random } from "../../src/tensor/random.js";

export interface PathOptions {
  readonly dimension?: number;
  readonly count?: number;
  readonly spacing?: number;
  /** Standard deviation of the increment noise in each coordinate, relative to the speed 1 of the path. */
  readonly walk?: number;
  /** Of that noise with itself one step before, as a first-order autoregression. @default 0 */
  readonly correlation?: number;
  /** Standard deviation of the independent noise about the path in each coordinate. */
  readonly jitter?: number;
  /** Noise about the path, by coordinate a first-order autoregression. @default none */
  readonly about?: { readonly correlation: number; readonly deviation: number };
  readonly seed: number;
}

/** Makes a path whose velocity is set by step in the first coordinates, plus noise. */
export function noisyPath(
  velocity: (step: number) => readonly number[],
  options: PathOptions,
): DirectionTrajectory {
  const { dimension = 64, count = 161, spacing = 1, walk = 0, jitter = 0 } = options;
  const { correlation = 0, about } = options;
  const random = new Random(options.seed);
  const drawn = random.fork("about");
  const slow =
    about === undefined
      ? []
      : Array.from({ length: dimension }, () =>
          autoregressive(count, about.correlation, about.deviation, drawn),
        );
  const innovation = Math.sqrt(1 - correlation ** 2);
  const noise = new Float64Array(dimension).map(() => (correlation === 0 ? 0 : random.normal()));
  const position = new Float64Array(dimension);
  const steps: number[] = [];
  const vectors: Float32Array[] = [];
  for (let index = 0; index < count; index++) {
    const step = index * spacing;
    if (index > 0) {
      for (let inner = step - spacing; inner < step; inner++) {
        const speed = velocity(inner);
        for (let axis = 0; axis < dimension; axis++) {
          noise[axis] = correlation * (noise[axis] ?? 0) + innovation * random.normal();
          position[axis] = (position[axis] ?? 0) + (speed[axis] ?? 0) + walk * (noise[axis] ?? 0);
        }
      }
    }
    steps.push(step);
    vectors.push(
      Float32Array.from(
        position,
        (value, axis) => value + (slow[axis]?.[index] ?? 0) + (index > 0 ? jitter * random.normal() : 0),
      ),
    );
  }
  return directionTrajectory("path", steps, vectors);
}

/**
 * A run like those of the embedded organism: ‖B‖ grows exponentially from 0.001 along a straight direction for
 * about 60 steps, turns within ten, then drifts slowly and noisily in the new direction.
 *
 * @param options.noise standard deviation a coordinate of the increments, relative to their length. @default 0.1
 */
export function organismLikePath(options: {
  seed: number;
  dimension?: number;
  turnDegrees?: number;
  turnAt?: number;
  noise?: number;
}): DirectionTrajectory {
  const { dimension = 96, turnDegrees = 80, turnAt = 62, noise = 0.1 } = options;
  const random = new Random(options.seed);
  const rate = Math.log(360) / turnAt;
  const growth = (step: number): number => 0.001 * Math.exp(rate * step) * rate;
  const position = new Float64Array(dimension);
  const steps: number[] = [];
  const vectors: Float32Array[] = [];
  for (let step = 0; step <= 160; step++) {
    steps.push(step);
    vectors.push(Float32Array.from(position));
    const turned = Math.min(1, Math.max(0, (step - turnAt) / 10));
    const later = growth(turnAt) * (1 - turned) ** 2 + 0.0012;
    const speed = step === 0 ? 0.001 : step < turnAt ? growth(step) : later;
    const angle = (turned * turnDegrees * Math.PI) / 180;
    for (let axis = 0; axis < dimension; axis++) {
      const direction = axis === 0 ? Math.cos(angle) : axis === 1 ? Math.sin(angle) : 0;
      position[axis] = (position[axis] ?? 0) + speed * (direction + noise * random.normal());
    }
  }
  return directionTrajectory("path", steps, vectors);
}

/** Takes checkpoints out of a trajectory. */
export function withoutSteps(
  { name, steps, vectors }: DirectionTrajectory,
  missing: readonly number[],
): DirectionTrajectory {
  const isKept = (_: unknown, index: number): boolean => !missing.includes(steps[index] ?? NaN);
  return directionTrajectory(name, steps.filter(isKept), vectors.filter(isKept));
}
