import type { Random } from "../../../tensor/random.js";
import { positionsByStep } from "../../series/stepSeries.js";
import { fairPower, type Sensitivity } from "../phaseTransition.js";
import type { DriftAndNoise } from "./driftAndNoise.js";
import type { StraightPathBends } from "./straightPath.js";
import { bendAt, simulatePath } from "./straightPath.js";

/** Turns tried, in degrees. */
const triedTurns = [15, 30, 45, 60, 90] as const;

/** Simulated runs, and steps of each at which it turns. */
const triedRuns = 25;
const triedSteps = 12;

/** Share of the stored steps, of those with a direction, that have to be judged for a run to be called straight. */
const fairShare = 0.5;

/** A run of fewer judged steps says nothing of the others. */
const fewestSteps = 8;

/**
 * The smallest turn within one step that two half-windows or more find in paths with a run's own movement and noise, at
 * steps where noise leaves a direction; null where not even the largest is found often enough, or where too few of the
 * steps can be judged.
 *
 * @param options.margin on the excess that the null model allows
 */
export function rotationSensitivity(
  model: DriftAndNoise,
  nulls: ReadonlyMap<number, StraightPathBends>,
  options: { readonly minimumBend: number; readonly margin: number; readonly random: Random },
): Sensitivity | null {
  const { minimumBend, margin, random } = options;
  const windows = [...nulls];
  const judged = model.steps.flatMap((_, index) =>
    windows.filter(([, { determined }]) => determined[index] === true).length < 2 ? [] : [index],
  );
  if (judged.length < Math.max(fewestSteps, fairShare * model.steps.length)) return null;
  const stride = (judged.length - 1) / Math.max(1, Math.min(triedSteps, judged.length) - 1);
  const places = Array.from(
    { length: Math.min(triedSteps, judged.length) },
    (_, place) => judged[Math.round(place * stride)] ?? 0,
  );
  const positions = positionsByStep(model.steps);
  const foundIn = triedTurns.map(() => 0);
  for (let run = 0; run < triedRuns; run++) {
    const path = simulatePath(model, random.fork(run));
    for (const here of places) {
      for (const [tried, degrees] of triedTurns.entries()) {
        const agreeing = windows.filter(([k, { expected, determined, excessLimit }]) => {
          if (determined[here] !== true) return false;
          const step = model.steps[here] ?? NaN;
          const [before = NaN, after = NaN] = [positions.get(step - k), positions.get(step + k)];
          const bend = bendOfTurn(path, before, here, after, degrees);
          return bend >= minimumBend && bend - (expected[here] ?? NaN) > margin * excessLimit;
        });
        if (agreeing.length >= 2) foundIn[tried] = (foundIn[tried] ?? 0) + 1;
      }
    }
  }
  for (const [tried, degrees] of triedTurns.entries()) {
    const percent = Math.round((100 * (foundIn[tried] ?? 0)) / (triedRuns * places.length));
    if (percent < fairPower) continue;
    const [first, last] = [judged[0], judged.at(-1)].map((index) => model.steps[index ?? 0] ?? NaN);
    const event = `a turn of ${degrees}° between steps ${first ?? NaN} and ${last ?? NaN}`;
    return { event, size: degrees, percent };
  }
  return null;
}

/** Bend between three positions of a path whose later part is turned about the middle one. */
function bendOfTurn(
  path: readonly Float64Array[],
  before: number,
  here: number,
  after: number,
  degrees: number,
): number {
  const [first, middle, last] = [path[before], path[here], path[after]];
  if (first === undefined || middle === undefined || last === undefined) return NaN;
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turned = last.slice();
  const [x, y] = [0, 1].map((axis) => (last[axis] ?? NaN) - (middle[axis] ?? NaN));
  turned[0] = (middle[0] ?? NaN) + cosine * (x ?? NaN) - sine * (y ?? NaN);
  turned[1] = (middle[1] ?? NaN) + sine * (x ?? NaN) + cosine * (y ?? NaN);
  return bendAt([first, middle, turned], 0, 1, 2);
}
