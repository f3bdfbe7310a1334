/** How much each checkpoint counts in a window: positions among the steps, and weights that sum to 1. */
export interface WindowWeights {
  readonly positions: readonly number[];
  readonly weights: readonly number[];
}

/** Two windows of equal length that meet between two neighbouring checkpoints. */
export interface NeighbouringWindows {
  /** Where they meet, in steps: half way between two checkpoints. */
  readonly step: number;
  readonly before: WindowWeights;
  readonly after: WindowWeights;
}

/** Twice the widest distance between neighbouring steps: every window then holds two checkpoints or more. */
export function defaultWindow(steps: readonly number[]): number {
  return 2 * Math.max(0, ...steps.slice(1).map((step, index) => step - (steps[index] ?? NaN)));
}

/**
 * All pairs of windows [s − w, s) and (s, s + w] that lie inside the steps, s half way between neighbouring
 * checkpoints. A checkpoint stands for the steps nearest to it and counts with its share of the window, so that where
 * checkpoints lie closer together they do not count for more.
 *
 * @param steps of the checkpoints, increasing
 * @param window w, in steps
 */
export function neighbouringWindows(steps: readonly number[], window: number): NeighbouringWindows[] {
  const borders = cellBorders(steps);
  return borders.slice(1, -1).flatMap((step) => {
    const before = weightsOf(borders, step - window, step);
    const after = weightsOf(borders, step, step + window);
    return before === null || after === null ? [] : [{ step, before, after }];
  });
}

/** The steps nearest to checkpoint i lie between borders i and i + 1; the outer two mirror the inner ones. */
function cellBorders(steps: readonly number[]): number[] {
  const [first = NaN, second = NaN] = steps;
  const [last = NaN, beforeLast = NaN] = [steps.at(-1), steps.at(-2)];
  if (steps.length < 2) return [];
  const middles = steps.slice(1).map((step, index) => (step + (steps[index] ?? NaN)) / 2);
  return [first - (second - first) / 2, ...middles, last + (last - beforeLast) / 2];
}

/** Null where part of the window lies outside the run. */
function weightsOf(borders: readonly number[], from: number, to: number): WindowWeights | null {
  // Sums of halves of whole numbers carry no rounding error worth more.
  const tolerance = 1e-9 * (to - from);
  if (from < (borders[0] ?? NaN) - tolerance || to > (borders.at(-1) ?? NaN) + tolerance) return null;
  const positions: number[] = [];
  const weights: number[] = [];
  for (let position = 0; position + 1 < borders.length; position++) {
    const overlap = Math.min(to, borders[position + 1] ?? NaN) - Math.max(from, borders[position] ?? NaN);
    if (overlap <= tolerance) continue;
    positions.push(position);
    weights.push(overlap / (to - from));
  }
  return { positions, weights };
}
