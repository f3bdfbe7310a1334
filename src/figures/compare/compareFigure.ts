import type { ComparedCurve } from "../../analysis/comparison/compareCurves.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import type { ComparedQuantity } from "./compareQuantities.js";
import { confidenceBand } from "../style/confidenceBand.js";
import {
  rangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type PlotlyTrace,
} from "../figure.js";
import { runStyle } from "../style/runStyles.js";

/** Curve of one quantity: of one run, or of several runs as one. */
export interface NamedCurve extends ComparedCurve {
  /** Name of the run or of the recipe. */
  readonly name: string;
  /** The name as it is drawn. */
  readonly label: string;
  /** Place of the curve in the comparison, which says how it is drawn. */
  readonly place: number;
  /** Number of runs behind the curve. */
  readonly runs: number;
}

/** The axis that the compared runs share. */
export interface ComparedAxis {
  /** Meaning of a position, such as "optimiser step". */
  readonly title: string;
  readonly range: readonly [number, number];
  /** Alignment of the runs in words, for the caption. */
  readonly words: string;
}

export interface CompareFigureOptions extends FigureOptions {
  /** Meaning of the band of several runs, in words. */
  readonly bandWords: string;
  /** Names of runs that do not have the quantity. @default none */
  readonly missing?: readonly string[];
  /** What the curves are of, in words. @default nothing is said */
  readonly about?: string;
}

/**
 * Draws one quantity of several runs over a shared axis, each curve in the style of its place. Null where no run has
 * the quantity.
 */
export function compareFigure(
  quantity: ComparedQuantity,
  curves: readonly NamedCurve[],
  shared: ComparedAxis,
  options: CompareFigureOptions,
): Figure | null {
  const drawn = curves.filter(({ positions }) => positions.length > 0);
  if (drawn.length === 0) return null;
  const { title, format, formula, caveat, source } = quantity;
  return {
    data: [
      ...drawn.flatMap((curve) => (hasBand(curve, drawn) ? bandOf(curve, options) : [])),
      ...drawn.map((curve) => lineOf(curve, quantity, format, options)),
    ],
    layout: baseLayout(
      title,
      {
        xaxis: axis(shared.title, options, { range: [...shared.range] }),
        yaxis: axis(quantity.axis, options, quantity.range === null ? {} : { range: [...quantity.range] }),
      },
      options,
    ),
    meta: {
      title,
      caption: captionOf(quantity, drawn, shared, options),
      summary: drawn
        .map(
          ({ name, values, runs }) =>
            `${name}${runs > 1 ? `, mean of ${runs} runs` : ""}: ${rangeWords(values)}`,
        )
        .join("; "),
      formula,
      caveat,
      source,
      table: tableOf({
        run: drawn.flatMap(({ name, positions }) => positions.map(() => name)),
        [shared.title]: drawn.flatMap(({ positions }) => positions),
        [title]: drawn.flatMap(({ values }) => values),
        ...(drawn.some(({ intervals }) => intervals !== null)
          ? { low: boundsOf(drawn, 0), high: boundsOf(drawn, 1) }
          : {}),
        n: drawn.flatMap(({ n }) => n),
      }),
    },
  };
}

/** Most curves of single runs that have bands: those of more hide each other. */
const mostBands = 6;

function hasBand({ runs }: NamedCurve, drawn: readonly NamedCurve[]): boolean {
  return runs > 1 || drawn.length <= mostBands;
}

function bandOf({ positions, intervals, label, place }: NamedCurve, options: FigureOptions): PlotlyTrace[] {
  if (intervals === null) return [];
  return confidenceBand(positions, intervals, runStyle(place, options).color, label);
}

function lineOf(
  { positions, values, label, place }: NamedCurve,
  { isSparse }: ComparedQuantity,
  format: string,
  options: FigureOptions,
): PlotlyTrace {
  const { color, dash, symbol } = runStyle(place, options);
  return {
    type: "scatter",
    mode: isSparse && positions.length <= 100 ? "lines+markers" : "lines",
    name: label,
    legendgroup: label,
    x: positions,
    y: withGaps(values),
    line: { color: color, width: 2, dash },
    marker: { color: color, size: 5, symbol },
    hovertemplate: format,
  };
}

function captionOf(
  quantity: ComparedQuantity,
  drawn: readonly NamedCurve[],
  shared: ComparedAxis,
  { bandWords, missing = [], about = "" }: CompareFigureOptions,
): string {
  const means = drawn.filter(({ runs }) => runs > 1);
  const counts = means.map(({ name, runs }) => `${name} n = ${runs}`).join(", ");
  const single =
    quantity.interval === null || means.length === drawn.length
      ? ""
      : drawn.length <= mostBands
        ? ` Bands of one run: ${quantity.interval}.`
        : ` Without bands, since there are more than ${mostBands} curves; the table has each ${quantity.interval}.`;
  return (
    `${quantity.axis} of ${drawn.length === 1 ? "one curve" : `${drawn.length} curves`} by ${shared.title}; ${shared.words}.` +
    (means.length === 0
      ? ""
      : ` Means over runs (${counts}), where all of them say something, with ${bandWords}.`) +
    single +
    (about === "" ? "" : ` ${about}`) +
    (missing.length === 0 ? "" : ` Without this quantity: ${missing.join(", ")}.`)
  );
}

function boundsOf(drawn: readonly NamedCurve[], which: 0 | 1): number[] {
  return drawn.flatMap(({ positions, intervals }) =>
    positions.map((_, index) => intervals?.[index]?.[which] ?? NaN),
  );
}
