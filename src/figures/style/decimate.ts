import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figure.js";

/** Density of the points that a picture needs. */
export interface DecimationOptions {
  /** Number of stretches of the axis that are told apart, about one for each pixel. @default 1200 */
  readonly buckets?: number;
  /** The part of the x axis that is looked at; the rest is drawn at a quarter of the density. @default all */
  readonly range?: readonly [number, number];
}

/** Traces with the points that are drawn, and how many of its points the longest trace keeps. */
export interface Decimated {
  readonly data: readonly PlotlyTrace[];
  readonly drawn: number;
  readonly stored: number;
}

const defaultBuckets = 1200;

/**
 * Leaves out points that a picture cannot show. Of every stretch of the axis the first, the last, the smallest and
 * the largest value stay, so that a spike of one step is drawn at any zoom, and one gap, so that a broken line stays
 * broken. Points whose x is not sorted, such as a path in a plane, are grouped in their order (the M4 aggregation of Jugel et al. 2014, which leaves a line's pixels as they are). Traces with fewer points
 * than that come back as they are.
 */
export function decimate(data: readonly PlotlyTrace[], options: DecimationOptions = {}): Decimated {
  let [drawn, stored] = [0, 0];
  const traces = data.map((trace) => {
    if (trace.type !== "scatter" || !isArray(trace.x) || !isArray(trace.y)) return trace;
    const [x, y] = [trace.x.map(numberOf), trace.y.map(numberOf)];
    const kept = keptPoints(x, y, options);
    if (x.length > stored) [drawn, stored] = [kept?.length ?? x.length, x.length];
    return kept === null ? trace : { ...withPoints(trace, x.length, kept), type: trace.type };
  });
  return { data: traces, drawn, stored };
}

/** Indices of the points that stay, in order; null where all do. */
function keptPoints(
  x: readonly number[],
  y: readonly number[],
  { buckets = defaultBuckets, range }: DecimationOptions,
): number[] | null {
  if (x.length <= 4 * buckets) return null;
  const isSorted = x.every((value, index) => index === 0 || value >= (x[index - 1] ?? NaN));
  const bucketOf = isSorted
    ? stepBuckets(x, buckets, range)
    : (index: number) => (index * buckets) / x.length;
  const kept = new Set<number>();
  for (let start = 0; start < x.length;) {
    const bucket = Math.floor(bucketOf(start));
    let end = start + 1;
    while (end < x.length && Math.floor(bucketOf(end)) === bucket) end++;
    for (const index of extremes(y, start, end)) kept.add(index);
    if (!isSorted) for (const index of extremes(x, start, end)) kept.add(index);
    start = end;
  }
  return [...kept].sort((one, other) => one - other);
}

/** The bucket of each position of a sorted axis, finer inside the range that is looked at. */
function stepBuckets(
  x: readonly number[],
  buckets: number,
  range: readonly [number, number] | undefined,
): (index: number) => number {
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 0];
  const [from, to] = [Math.max(range?.[0] ?? first, first), Math.min(range?.[1] ?? last, last)];
  const fine = Math.max(to - from, Number.MIN_VALUE) / buckets;
  const coarse = Math.max(last - first, Number.MIN_VALUE) / (buckets / 4);
  return (index) => {
    const at = x[index] ?? NaN;
    if (at < from) return (at - from) / coarse;
    if (at <= to) return Math.min((at - from) / fine, buckets - 1);
    return buckets + (at - to) / coarse;
  };
}

/** Positions of the first, last, smallest and largest value of a stretch, and of its first gap. */
function extremes(values: readonly number[], start: number, end: number): number[] {
  let [smallest, largest, gap] = [-1, -1, -1];
  for (let index = start; index < end; index++) {
    const value = values[index] ?? NaN;
    if (Number.isNaN(value)) {
      if (gap < 0) gap = index;
      continue;
    }
    if (smallest < 0 || value < (values[smallest] ?? NaN)) smallest = index;
    if (largest < 0 || value > (values[largest] ?? NaN)) largest = index;
  }
  return [start, smallest, largest, gap, end - 1].filter((index) => index >= 0);
}

/** Keeps the same points in every array of one element a point, such as x, hover text and markers' colours. */
function withPoints<T extends PlotlyRecord>(record: T, length: number, kept: readonly number[]): T {
  const fewer = (value: PlotlyValue | undefined): PlotlyValue | undefined => {
    if (isArray(value)) return value.length === length ? kept.map((index) => value[index] ?? null) : value;
    return isRecord(value) ? withPoints(value, length, kept) : value;
  };
  const changed = Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fewer(value)]));
  return { ...record, ...changed };
}

function isArray(value: PlotlyValue | undefined): value is readonly PlotlyValue[] {
  return Array.isArray(value);
}

function isRecord(value: PlotlyValue | undefined): value is PlotlyRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOf(value: PlotlyValue): number {
  return typeof value === "number" ? value : NaN;
}
