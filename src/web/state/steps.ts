/** Stretch of the step axis, [first, last]. */
export type StepRange = readonly [number, number];

/** Nearest of the sorted steps; the earlier one of two, the last one to infinity; NaN of none. */
export function nearestStep(steps: readonly number[], wanted: number): number {
  if (wanted === Infinity) return steps.at(-1) ?? NaN;
  let nearest = NaN;
  for (const step of steps) {
    if (Number.isNaN(nearest) || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  }
  return nearest;
}

/** Step `count` stored steps on, or back; stops at the ends. */
export function stepBy(steps: readonly number[], from: number, count: number): number {
  const index = steps.indexOf(nearestStep(steps, from));
  return steps[Math.min(steps.length - 1, Math.max(0, index + count))] ?? from;
}

/** Next step of interest after a step, or the one before it; the step itself where there is none. */
export function nextMark(marks: readonly number[], from: number, direction: 1 | -1): number {
  const ahead = marks.filter((mark) => (mark - from) * direction > 0);
  return ahead.length === 0 ? from : nearestStep(ahead, from);
}

/** Round values inside a range, about as many as wanted. */
export function roundTicks([low, high]: StepRange, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0) || wanted < 1) return [];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough) ?? 10;
  // A tick between two steps would mean nothing.
  const spacing = Math.max(1, factor * power);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / spacing) * spacing; tick <= high; tick += spacing) {
    // Minus zero would be written as such.
    ticks.push(tick + 0);
  }
  return ticks;
}

/** Moves a range, without changing its width, so that it has the step in it. */
export function rangeAround([low, high]: StepRange, step: number): StepRange {
  if (step >= low && step <= high) return [low, high];
  const width = high - low;
  return step < low ? [step - 0.1 * width, step + 0.9 * width] : [step - 0.9 * width, step + 0.1 * width];
}

/** Rounds a range to about a thousandth of its width, so that an address can say exactly what is drawn. */
export function roundedRange([low, high]: StepRange): StepRange {
  const digits = Math.min(6, Math.max(1, 2 - Math.floor(Math.log10(high - low))));
  return [Number(low.toFixed(digits)), Number(high.toFixed(digits))];
}

/** Scales a range about a step, inside the whole; null where that is the whole. */
export function scaledRange(
  range: StepRange,
  about: number,
  factor: number,
  whole: StepRange,
): StepRange | null {
  const low = Math.max(whole[0], about - (about - range[0]) * factor);
  const high = Math.min(whole[1], about + (range[1] - about) * factor);
  if (low <= whole[0] && high >= whole[1]) return null;
  return high - low < 2 ? range : [low, high];
}
