import type { Random } from "../../tensor/random.js";
import type { DirectionTrajectory } from "../geometry/trajectory.js";
import { largestPosition, stepSpacing } from "../series/stepSeries.js";
import type { Interval } from "../statistics/quantile.js";
import { driftAndNoise } from "../transitions/rotation/driftAndNoise.js";
import { straightPathBends, type StraightPathBends } from "../transitions/rotation/straightPath.js";
import { bendCurve, nullMargin, type BendCurve } from "../transitions/rotation/rotation.js";
import { bendNear } from "./bendNear.js";
import type { HeldAgainst, MeasuredShare } from "./heldAgainst.js";
import { shareOf, type Share, type SizeNear } from "./shareVerdict.js";

/** A turn of a run, and how it is held against a control. */
export interface BendAgainstOptions {
  /** Interval of the step at which the run turns. */
  readonly interval: Interval;
  /** Half-window in steps. */
  readonly k: number;
  readonly resamples: number;
  /** Simulated paths of the null models. */
  readonly draws: number;
  readonly random: Random;
}

/** Share of its turn by which a run that turns later surely turns more than its control. */
const muchLarger = 0.25;

/** Movement, as a share of the run's largest, at or below which a step holds no direction. */
const frozen = { relative: 0.02 };

/**
 * Holds a turn of a direction against a control: whether the control's direction bends at about the same step by about
 * as much, whatever its own detector calls it.
 *
 * The largest bend over k steps is measured in both, among the steps of the run's interval and k/2 beyond, with its noise
 * taken off (`bendNear`). The control shares the turn when it surely bends by more than half as much (`shareOf`), and by more
 * than its noise makes a straight path bend. The turn is specific when the control surely bends by less than half as much
 * there, and does so elsewhere too, or turns earlier and surely by less than three quarters. Otherwise it cannot be told.
 */
export function bendAgainst(
  run: DirectionTrajectory,
  control: DirectionTrajectory,
  options: BendAgainstOptions,
): HeldAgainst {
  const { k, draws, resamples, random } = options;
  const own = bendCurve(run, k, frozen);
  const other = bendCurve(control, k, frozen);
  const searched = searchedSteps(own, options);
  const steps = searched.filter((step) => isDefined(other, step));
  const untold = (reason: string, measured: MeasuredShare | null = null): HeldAgainst => ({
    verdict: "cannotTell",
    reason,
    measured,
  });
  const last = Math.max(...options.interval);
  if (!isCovered(searched, steps, k / 2))
    return untold(
      searched.some((step) => Number.isFinite(other.ungated[other.steps.indexOf(step)]))
        ? `the control hardly moves between steps ${searched[0] ?? NaN} and ${last}`
        : `the control does not store the steps between ${searched[0] ?? NaN} and ${last} with those ${k} before and after`,
    );
  const straight = straightPathBends(
    driftAndNoise(control, { hasMemory: false }),
    new Map([[k, other.gated.map((bend) => Number.isFinite(bend))]]),
    { draws, random: random.fork("straight") },
  ).get(k);
  if (!steps.every((step) => straight?.determined[other.steps.indexOf(step)] === true))
    return untold("noise hides the direction of the control there");
  const sized = (path: DirectionTrajectory, name: string, among: readonly number[]): SizeNear =>
    bendNear(path, { k, steps: among, resamples, random: random.fork(name) });
  const size = sized(run, "run", steps);
  const measuredOf = (share: Share, among: readonly number[]): MeasuredShare => ({
    ...share,
    kind: "bend",
    k,
    searched: [among[0] ?? NaN, among.at(-1) ?? NaN],
  });
  const share = shareOf(size, sized(control, "control", steps));
  const measured = measuredOf(share, steps);
  if (share.half === "unclear") return untold("the control may bend there by half as much, or not", measured);
  if (share.half === "more") {
    const remembered = straightPathBends(
      driftAndNoise(control),
      new Map([[k, other.steps.map((step) => steps.includes(step))]]),
      { draws, undeterminedFrom: 180, random: random.fork("remembered") },
    ).get(k);
    return share.control.value > (remembered?.largestBend ?? NaN)
      ? { verdict: "shared", reason: "the control bends there by more than half as much", measured }
      : untold("noise like the control's makes a straight path bend there by as much", measured);
  }
  const elsewhere = turnElsewhere(other, straight, searched);
  const specific = (reason: string): HeldAgainst => ({ verdict: "specific", reason, measured });
  if (elsewhere === null) return specific("the control bends by less than half as much, there and elsewhere");
  const around = other.steps.filter(
    (step) => Math.abs(step - elsewhere) <= k / 2 && isDefined(other, step) && !searched.includes(step),
  );
  const far = shareOf(size, sized(control, "elsewhere", around));
  if (far.half === "less")
    return specific("the control bends by less than half as much, there and elsewhere");
  const isEarlier = far.control.step + k / 2 < options.interval[0];
  if (isEarlier && far.difference.interval[0] > muchLarger * far.run.value)
    return specific(`the control turns less, and before, at step ${far.control.step}`);
  return untold(
    `the control turns at another step, ${far.control.step}, and may turn as much`,
    measuredOf(far, around),
  );
}

/** Steps of the run's interval, and k/2 beyond, at which its own bend is defined. */
function searchedSteps(curve: BendCurve, { interval, k }: BendAgainstOptions): number[] {
  const [low, high] = [interval[0] - k / 2, interval[1] + k / 2];
  return curve.steps.filter((step) => step >= low && step <= high && isDefined(curve, step));
}

function isDefined({ steps, gated }: BendCurve, step: number): boolean {
  return Number.isFinite(gated[steps.indexOf(step)]);
}

/** Whether there are steps, and every wanted one has one within a distance. */
function isCovered(wanted: readonly number[], steps: readonly number[], distance: number): boolean {
  return steps.length > 0 && wanted.every((step) => steps.some((each) => Math.abs(each - step) <= distance));
}

/** The step outside of some at which a path bends most beyond what noise makes of a straight one; null if nowhere. */
function turnElsewhere(
  curve: BendCurve,
  straight: StraightPathBends | undefined,
  searched: readonly number[],
): number | null {
  const [first = NaN, last = NaN] = [searched[0], searched.at(-1)];
  const excess = curve.gated.map((bend, index) => {
    const step = curve.steps[index] ?? NaN;
    const isOutside = step < first || step > last;
    return isOutside && straight?.determined[index] === true ? bend - (straight.expected[index] ?? NaN) : NaN;
  });
  const position = largestPosition(excess);
  const isTurn = (excess[position] ?? NaN) > nullMargin * (straight?.excessLimit ?? NaN);
  return isTurn ? (curve.steps[position] ?? null) : null;
}

/** Half-window over which the corner of a path is held against a control: an eighth of the stored steps. */
export function cornerWindow({ steps }: DirectionTrajectory, windows: readonly number[]): number {
  return Math.max(windows.at(-1) ?? 1, Math.round(steps.length / 8) * stepSpacing(steps));
}
