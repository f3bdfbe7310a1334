import { found, notFound, type TransitionVerdict } from "./phaseTransition.js";
import { seriesPeak } from "./seriesPeak.js";
import { smooth } from "./smooth.js";
import { stepSpacing, type StepSeries } from "./stepSeries.js";

/**
 * The step at which a norm grows fastest: the maximum of the smoothed growth per step, when that maximum lies
 * inside the run and is at least twice the growth at either end. A norm that grows fastest at the start and
 * saturates has no such step.
 *
 * @param norm ‖B‖ at every stored step.
 */
export function normGrowth(norm: StepSeries): TransitionVerdict {
  const indicator = "normGrowth";
  const { steps, values } = norm;
  const spacing = stepSpacing(steps);
  const middle: number[] = [];
  const growth: number[] = [];
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next === undefined) continue;
    middle.push(next);
    // A longer distance than usual is a missing checkpoint: its growth cannot be dated.
    const measured =
      next - step > 1.5 * spacing
        ? NaN
        : ((values[index + 1] ?? NaN) - (values[index] ?? NaN)) / (next - step);
    growth.push(measured);
  }
  const window = 7 * spacing;
  const smoothed = smooth({ steps: middle, values: growth }, { method: "mean", window });
  const peak = seriesPeak(middle, smoothed, growth, window);
  if (peak === null) return notFound({ indicator, reason: "fewer than ten stored norms" });
  const evidence = {
    growthPerStep: peak.value,
    initialGrowth: peak.initialLevel,
    finalGrowth: peak.finalLevel,
  };
  const highest = Math.max(peak.initialLevel, peak.finalLevel, 0);
  if (!(peak.value > 0) || peak.value < 2 * highest) {
    const where = peak.initialLevel >= peak.finalLevel ? "start" : "end";
    return notFound({
      indicator,
      reason: `growth is nowhere twice as fast as at the ${where} of the run (fastest at step ${peak.step})`,
      evidence,
    });
  }
  return found({
    indicator,
    step: peak.step,
    interval: peak.interval,
    method: `fastest growth beside the maximum of its centred mean over ${window} steps; interval: width at half height; prominence: times the larger growth at the ends`,
    prominence: highest > 0 ? peak.value / highest : Infinity,
    evidence,
  });
}
