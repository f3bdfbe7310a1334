import { stepSpacing, type StepSeries } from "./stepSeries.js";

/**
 * Exponential moving average, debiased as Adam's moments are (1412.6980, section 3): with weight β on what was
 * before, s ← β·s + (1 − β)·x, given as s / (1 − βᵗ) after t values. It looks back only, so that later steps never
 * change it, and starts anew after a gap (a NaN, or a distance of more than one and a half times the usual spacing).
 * @param weight β in [0, 1)
 */
export function debiasedAverage({ steps, values }: StepSeries, weight: number): number[] {
  const largestDistance = 1.5 * stepSpacing(steps);
  let [sum, share] = [0, 1];
  return values.map((value, index) => {
    const distance = (steps[index] ?? NaN) - (steps[index - 1] ?? NaN);
    if (!Number.isFinite(value) || distance > largestDistance) [sum, share] = [0, 1];
    if (!Number.isFinite(value)) return NaN;
    sum = weight * sum + (1 - weight) * value;
    share *= weight;
    return sum / (1 - share);
  });
}
