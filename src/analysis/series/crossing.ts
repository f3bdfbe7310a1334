/**
 * Finds the step at which a curve first passes a share of its way from the first to the last value.
 *
 * Between two steps the curve is taken as straight.
 *
 * @param share 0.5 for the middle
 * @returns null with fewer than two steps, or where first and last value are equal
 */
export function crossingStep(
  steps: readonly number[],
  values: readonly number[],
  share: number,
): number | null {
  const first = values[0] ?? NaN;
  const last = values.at(-1) ?? NaN;
  const direction = Math.sign(last - first);
  if (!(Math.abs(direction) > 0)) return null;
  return stepAtLevel(steps, values, { level: first + share * (last - first), direction });
}

/**
 * Finds the step at which a curve first reaches a level, straight between two steps, after the first one.
 *
 * @param to.direction 1 from below, −1 from above
 * @returns null where it never does
 */
export function stepAtLevel(
  steps: readonly number[],
  values: readonly number[],
  { level, direction }: { readonly level: number; readonly direction: number },
): number | null {
  for (let index = 1; index < steps.length; index++) {
    const [before, after] = [values[index - 1] ?? NaN, values[index] ?? NaN];
    if (direction * (after - level) < 0) continue;
    const [from, to] = [steps[index - 1] ?? NaN, steps[index] ?? NaN];
    return from + ((level - before) / (after - before)) * (to - from);
  }
  return null;
}
