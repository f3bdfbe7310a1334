/** One curve of a figure over the steps, or one row of a map, for the readout. */
export interface Curve {
  readonly name: string;
  /** Key by which the curve is hidden: its name without what the choice of smoothing adds. */
  readonly key: string;
  readonly color: string;
  /** Plotly's name of the dash. */
  readonly dash: string;
  /** True where the curve is drawn as a filled area. */
  readonly isArea: boolean;
  /** Steps with a value or a gap, sorted. */
  readonly steps: readonly number[];
  /** Value by step; NaN is a gap. */
  readonly values: ReadonlyMap<number, number>;
  readonly intervals: ReadonlyMap<number, readonly [number, number]>;
  readonly format: (value: number) => string;
  /** Colour of a value in a map; null for a curve, which has one colour. */
  readonly colorOf: ((value: number) => string) | null;
}

/** Reading of one curve at a step. */
export interface Reading {
  /** Value and interval in words, or why there is none. */
  readonly text: string;
  /** Step that the value belongs to, where that is not the one asked for. */
  readonly step: number | null;
}
