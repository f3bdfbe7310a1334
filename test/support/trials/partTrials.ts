import { embedding } from "../../../src/analysis/geometry/whole/embedding.js";
import type { DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { gramMatrix } from "../../../src/analysis/linalg/gramMatrix.js";
import { Random } from "../../../src/tensor/random.js";

/** How the paths of a run's parts move. Lengths are in units of the directed movement of a step. */
export interface PartFamily {
  readonly name: string;
  /** Length of the noise of a step. */
  readonly noise: number;
  /** Dimensions over which the noise is spread. */
  readonly dimension: number;
  /** Correlation of the noise of a step with that of the step before. @default 0 */
  readonly memory?: number;
  /** Length of noise that does not accumulate. @default 0 */
  readonly jitter?: number;
  /** Correlation of the noise of any two parts. @default 0 */
  readonly common?: number;
  /** Degrees by which every path turns evenly over the whole run. @default 0 */
  readonly curve?: number;
  /** True where movement dies away as under a cosine schedule. @default false */
  readonly fades?: boolean;
  /** True where the noise of a tenth of the steps is four times as long, in all parts. @default false */
  readonly bursts?: boolean;
  /** Degrees by which a share of the parts turns in the middle of the run. @default none */
  readonly bend?: { readonly degrees: number; readonly share: number };
}

/** Runs none of whose parts turns. */
export const straightParts: readonly PartFamily[] = [
  { name: "noise a third of the movement", noise: 0.3, dimension: 64 },
  { name: "noise as long as the movement", noise: 1, dimension: 64 },
  { name: "twice as long", noise: 2, dimension: 64 },
  { name: "in 8 dimensions", noise: 1, dimension: 8 },
  { name: "in 300 dimensions", noise: 1, dimension: 300 },
  { name: "no direction at all", noise: 1000, dimension: 64 },
  { name: "shared by all parts", noise: 1, dimension: 64, common: 0.8 },
  { name: "in bursts", noise: 1, dimension: 64, bursts: true },
  { name: "about the path", noise: 0.2, dimension: 64, jitter: 3 },
  { name: "movement fades", noise: 1, dimension: 64, fades: true },
  { name: "all curve by 120° over the run", noise: 1, dimension: 64, curve: 120 },
  { name: "noise correlated by 0.5", noise: 1, dimension: 64, memory: 0.5 },
  { name: "noise correlated by 0.8", noise: 0.5, dimension: 64, memory: 0.8 },
];

/** Runs a fifth of whose parts turns in the middle. */
export const bentParts: readonly PartFamily[] = [
  [30, 0.3],
  [45, 0.3],
  [60, 1],
  [90, 1],
  [90, 2],
].map(([degrees = NaN, noise = NaN]) => ({
  name: `${degrees}°, noise ${noise}`,
  noise,
  dimension: 64,
  bend: { degrees, share: 0.2 },
}));

/** Tells whether a part of a trial turns. */
export function isBent({ bend }: PartFamily, part: number, parts: number): boolean {
  return bend !== undefined && part < bend.share * parts;
}

/** Makes the paths of one trial of a family. */
export function partPaths(
  family: PartFamily,
  { parts, steps, seed }: { readonly parts: number; readonly steps: number; readonly seed: number },
): DirectionTrajectory[] {
  const { noise, dimension, memory = 0, jitter = 0, common = 0, curve = 0, bend } = family;
  const random = new Random(seed).fork(family.name);
  const normals = (): Float64Array => Float64Array.from({ length: dimension }, () => random.normal());
  const shared = Array.from({ length: steps }, normals);
  const bursts = shared.map(() => (family.bursts === true && random.uniform() < 0.1 ? 4 : 1));
  return Array.from({ length: parts }, (_, part) => {
    const size = (0.5 + random.uniform()) / Math.sqrt(dimension);
    const position = new Float64Array(dimension);
    const increment = new Float64Array(dimension);
    const vectors = shared.map((ofAll, step) => {
      const bent = bend !== undefined && isBent(family, part, parts) && 2 * step >= steps ? bend.degrees : 0;
      const angle = ((curve * (step / steps) + bent) * Math.PI) / 180;
      const along = family.fades === true ? Math.cos((Math.PI * step) / (2 * steps)) : 1;
      const own = normals();
      for (let axis = 0; axis < dimension && step > 0; axis++) {
        const drawn = Math.sqrt(1 - common ** 2) * (own[axis] ?? NaN) + common * (ofAll[axis] ?? NaN);
        increment[axis] = memory * (increment[axis] ?? NaN) + Math.sqrt(1 - memory ** 2) * drawn;
        const directed = axis === 0 ? Math.cos(angle) : axis === 1 ? Math.sin(angle) : 0;
        const added = along * directed + noise * size * (bursts[step] ?? NaN) * (increment[axis] ?? NaN);
        position[axis] = (position[axis] ?? NaN) + added;
      }
      return Float32Array.from(position, (value) => value + jitter * size * random.normal());
    });
    return embedding(`part ${part}`, [...vectors.keys()], gramMatrix(vectors));
  });
}
