/** Value of plotly's JSON; a gap is null, never NaN. */
export type PlotlyValue = number | string | boolean | null | readonly PlotlyValue[] | PlotlyRecord;

/** Object of plotly's JSON. */
export interface PlotlyRecord {
  readonly [key: string]: PlotlyValue | undefined;
}

/** Trace of a figure. Only scatter, heat map and violin are used, so that plotly's cartesian bundle suffices. */
export interface PlotlyTrace extends PlotlyRecord {
  readonly type: "scatter" | "heatmap" | "violin";
  readonly name?: string;
}

/** The data behind a figure, complete and unrounded, for readers without the picture. */
export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string | null)[])[];
}

/** What a reader needs to judge a figure, in words and numbers. */
export interface FigureMeta {
  /** States the quantity. */
  readonly title: string;
  /** Caption made from the parameters: n, windows, gates, conventions. */
  readonly caption: string;
  /** Content of the figure in words, for readers without the picture. */
  readonly summary: string;
  readonly formula: string;
  readonly caveat: string;
  /** Paper and section. */
  readonly source: string;
  readonly table: FigureTable;
}

/** A plotly figure with what a reader needs to judge it. */
export interface Figure {
  readonly data: readonly PlotlyTrace[];
  readonly layout: PlotlyRecord;
  readonly meta: FigureMeta;
}

/** A drawn figure, under the id that addresses it. */
export interface NamedFigure {
  readonly id: string;
  /** True where its x axis is the optimiser step, so that it can share one axis with others. */
  readonly onStepAxis: boolean;
  readonly figure: Figure;
}

/** Settings that all figures share. */
export interface FigureOptions {
  /** @default "light" */
  readonly theme?: "light" | "dark";
}

/** Values as plotly takes them: a gap becomes null, which plotly leaves open. */
export function withGaps(values: readonly number[]): (number | null)[] {
  return values.map((value) => (Number.isFinite(value) ? value : null));
}

/** Table made of columns of equal length; what is not finite becomes null. */
export function tableOf(columns: Readonly<Record<string, readonly (number | string)[]>>): FigureTable {
  const names = Object.keys(columns);
  const count = Math.max(0, ...Object.values(columns).map((values) => values.length));
  const rows = Array.from({ length: count }, (_, row) =>
    names.map((name) => {
      const value = columns[name]?.[row];
      return value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? null : value;
    }),
  );
  return { columns: names, rows };
}

/** Range of steps in words, such as "81 steps from 0 to 160". */
export function stepRangeWords(steps: readonly number[]): string {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return "no steps";
  return first === last ? `step ${first}` : `${steps.length} steps from ${first} to ${last}`;
}

/** Smallest, largest and last finite value in words. */
export function rangeWords(values: readonly number[], digits = 3): string {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return "defined nowhere";
  const show = (value: number): string => Number(value.toPrecision(digits)).toString().replace(/^-/, "−");
  // A log may have more rows than a call takes arguments.
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  return `from ${show(low)} to ${show(high)}, last ${show(finite.at(-1) ?? NaN)}`;
}
