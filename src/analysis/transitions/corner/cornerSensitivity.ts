import type { Random } from "../../../tensor/random.js";
import { fairPower, type Sensitivity } from "../phaseTransition.js";
import type { DriftAndNoise } from "../rotation/driftAndNoise.js";
import { simulatePath } from "../rotation/straightPath.js";

/** Corners tried, in degrees, and simulated paths of each. */
const triedCorners = [30, 60, 90] as const;
const triedPaths = 19;

/**
 * The smallest corner that a test finds in paths with a run's own movement and noise, somewhere in their middle half;
 * null where not even the largest is found often enough.
 *
 * @param isFound whether the test finds the corner of a path
 */
export function cornerSensitivity(
  model: DriftAndNoise,
  isFound: (path: readonly Float64Array[]) => boolean,
  random: Random,
): Sensitivity | null {
  const count = model.steps.length;
  for (const degrees of triedCorners) {
    let foundIn = 0;
    for (let draw = 0; draw < triedPaths; draw++) {
      const stream = random.fork(degrees).fork(draw);
      const corner = Math.round(count * (0.25 + 0.5 * stream.uniform()));
      if (isFound(turned(simulatePath(model, stream), corner, degrees))) foundIn++;
    }
    const percent = Math.round((100 * foundIn) / triedPaths);
    if (percent >= fairPower) {
      const event = `a corner of ${degrees}° in the middle half of the run`;
      return { event, size: degrees, percent };
    }
  }
  return null;
}

/** A path whose part after a position is turned about it, in the plane of the first two coordinates. */
function turned(path: readonly Float64Array[], corner: number, degrees: number): Float64Array[] {
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [x0 = 0, y0 = 0] = path[corner] ?? [];
  return path.map((position, index) => {
    if (index <= corner) return position;
    const moved = position.slice();
    const [x, y] = [(position[0] ?? NaN) - x0, (position[1] ?? NaN) - y0];
    moved[0] = x0 + cosine * x - sine * y;
    moved[1] = y0 + sine * x + cosine * y;
    return moved;
  });
}
