/** A step that a regular schedule would hold, and the distance between the steps of that schedule. */
export interface MissingStep {
  readonly step: number;
  readonly spacing: number;
}

/**
 * Finds steps whose checkpoints seem to have been lost. There, steps lie further apart than those on both sides of
 * them, by a multiple of both distances, and steps at those distances are more numerous on either side than the wide
 * ones.
 *
 * Irregular schedules are common (each of the first ten steps, then every fifth), so a distance that merely
 * changes is no loss, and neither is a short last one.
 *
 * @param steps strictly increasing
 */
export function missingSteps(steps: readonly number[]): MissingStep[] {
  const stretches: { start: number; distance: number; count: number }[] = [];
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next === undefined) break;
    const last = stretches.at(-1);
    if (last?.distance === next - step) last.count += 1;
    else stretches.push({ start: step, distance: next - step, count: 1 });
  }
  return stretches.flatMap(({ start, distance, count }, index) => {
    const before = stretches[index - 1];
    const after = stretches[index + 1];
    if (before === undefined || after === undefined) return [];
    const isLoss = [before, after].every(
      (side) => side.distance < distance && distance % side.distance === 0 && side.count > count,
    );
    if (!isLoss) return [];
    const spacing = Math.max(before.distance, after.distance);
    const lost: MissingStep[] = [];
    for (let wide = 0; wide < count; wide++) {
      for (let offset = spacing; offset < distance; offset += spacing)
        lost.push({ step: start + wide * distance + offset, spacing });
    }
    return lost;
  });
}
