import type { Interval } from "../../../analysis/statistics/quantile.js";

/** Narrow no-break space, set between a number and its unit. */
const thinSpace = "\u202f";

/** A percentage with one decimal below ten; a dash where there is none. */
export function percent(value: number): string {
  return Number.isFinite(value) ? `${decimals(value)}${thinSpace}%` : decimals(value);
}

/** The bounds of a share as percentages. */
export function percentages(bounds: Interval | undefined): Interval {
  const [low, high] = bounds ?? [NaN, NaN];
  return [100 * low, 100 * high];
}

/** Bounds in brackets. */
export function interval(bounds: Interval | undefined): string {
  const [low, high] = bounds ?? [NaN, NaN];
  return `[${decimals(low)}, ${decimals(high)}]`;
}

/** A number with one decimal below ten, and a true minus sign; a dash where it is none. */
export function decimals(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const rounded = Math.abs(value) < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
  return rounded.replace(/^-/, "−").replace(/\.0$/, "");
}
