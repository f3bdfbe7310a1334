import { areComparable, changeDraws, type DispositionReading } from "../directions/disposition.js";
import type { HeldAgainst } from "./heldAgainst.js";
import type { RiseAgainstOptions } from "./riseAgainst.js";
import { shareOf, type SizeNear } from "./shareVerdict.js";

/**
 * Holds the turn of a disposition against a control: how far its prompts move along the direction from the first to the last
 * step. Both resample the same questions. The rule is that of `shareOf`.
 */
export function dispositionAgainst(
  run: DispositionReading,
  control: DispositionReading | null,
  { interval: [low, high], resamples, random }: RiseAgainstOptions,
): HeldAgainst {
  const untold = (reason: string): HeldAgainst => ({ verdict: "cannotTell", reason, measured: null });
  if (control === null) return untold("the prompts were not read in the control");
  if (!areComparable(run, control))
    return untold("the control was read along another direction, or with other questions");
  const [first = NaN, last = NaN] = [control.steps[0], control.steps.at(-1)];
  if (!(first <= low && last >= high))
    return untold(`the control was not read before step ${low} and after ${high}`);
  const moved = ({ steps, values }: DispositionReading): SizeNear => ({
    step: steps.at(-1) ?? NaN,
    draws: changeDraws(values, resamples, random.fork("questions of both")).map(
      (change) => change.at(-1) ?? NaN,
    ),
  });
  const share = shareOf(moved(run), moved(control));
  const measured = { ...share, kind: "disposition" as const, k: null, searched: [first, last] as const };
  if (share.half === "more")
    return { verdict: "shared", reason: "the control moves by more than half as much", measured };
  if (share.half === "less")
    return { verdict: "specific", reason: "the control moves by less than half as much", measured };
  return {
    verdict: "cannotTell",
    reason: "the control may move by half as much, or not",
    measured,
  };
}
