import type { PhaseTransition } from "../../../analysis/transitions/detectors.js";
import type { ProbeRecord } from "../../../analysis/directions/probeRecord.js";
import type { Interval } from "../../../analysis/statistics/quantile.js";
import { axis, baseLayout, stepAxis } from "../../style/baseLayout.js";
import {
  rangeWords,
  stepRangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type FigureTable,
  type PlotlyRecord,
  type PlotlyTrace,
} from "../../figure.js";
import { palette } from "../../style/palette.js";
import { indicatorsIn } from "../../../analysis/transitions/events.js";
import { transitionBands } from "../../style/transitionBands.js";

export interface ProbeLayersFigureOptions extends FigureOptions {
  /** Range of the step axis in optimiser steps, such as `stepRange` of the run. @default that of the probes */
  readonly stepRange?: readonly [number, number] | null;
  /** Transitions of the run; those of broad behaviour and of the direction are marked. @default none */
  readonly transitions?: readonly PhaseTransition[];
  /** Layers with a trained adapter: below the lowest nothing changes along training. @default not known */
  readonly adapterLayers?: readonly number[];
}

/** AUROC of guessing, where the colours begin. */
const chance = 0.5;
/** Most layers that the axis and the readout name. */
const mostNamed = 6;
/** Part of the plot's height above the cells, where transitions are marked. */
const strip = 0.08;

interface Cell {
  readonly step: number;
  readonly layer: number;
  readonly value: number;
  readonly interval: Interval;
  readonly shuffled: number;
  /** Number of held-out answers. */
  readonly n: number;
}

/**
 * Draws the held-out AUROC of linear probes over steps and layers, as a map: how well misaligned answers can be told
 * from aligned ones in the residual stream after each layer. Null without probes of two layers or more.
 *
 * @param records one a layer; they need not have the same steps
 */
export function probeLayersFigure(
  records: readonly ProbeRecord[],
  options: ProbeLayersFigureOptions = {},
): Figure | null {
  if (records.length < 2) return null;
  const ordered = [...records].sort((one, other) => one.layer - other.layer);
  const steps = [...new Set(ordered.flatMap((record) => record.steps))].sort((one, other) => one - other);
  const cells = ordered.map((record) => steps.map((step) => cellAt(record, step)));
  const transitions = ofOneAdapter(options.transitions ?? []);
  const colors = palette(options.theme);
  const title = "Probe for misaligned answers, by layer";
  const named = namedRows(ordered.length);
  const top = ordered.length / (1 - strip) - 0.5;
  return {
    data: [heatMap(steps, cells, { named, options }), ...chanceMarks(cells, options)],
    layout: baseLayout(
      title,
      {
        xaxis: stepAxis(options.stepRange ?? null, options, { showgrid: false }),
        yaxis: axis("residual stream after layer", options, {
          range: [-0.5, top],
          tickvals: named,
          ticktext: named.map((row) => String(ordered[row]?.layer ?? "")),
          showgrid: false,
        }),
      },
      options,
      {
        hovermode: "closest",
        showlegend: false,
        hoverlabel: {
          bgcolor: colors.background,
          bordercolor: colors.muted,
          font: { size: 12, color: colors.foreground },
          align: "left",
        },
        ...marks(transitions, ordered.length / (top + 0.5), options),
      },
    ),
    meta: {
      title,
      caption: baseWords(cells.flat()) + captionOf(ordered, steps, options),
      summary: summaryOf(ordered, steps, cells.flat()),
      formula:
        "AUROC = P(score of a misaligned answer > score of an aligned one), ties one half; 0.5 is chance",
      caveat:
        "Misaligned and aligned answers differ in their words and their length, so a probe can separate the text rather than a disposition: the column of step 0 is what the base model gives on the same answers, and only what goes beyond it is due to training. All cells share their answers, so that neighbours are no independent evidence, and with so many cells some leave chance by luck.",
      source:
        "Turncoat; residual stream after each layer, averaged over the answer, as in 2506.11618, section 3.1",
      table: tableFor(cells.flat()),
    },
  };
}

/** Transitions of the first adapter and those that belong to none: only they are marked. */
function ofOneAdapter(transitions: readonly PhaseTransition[]): PhaseTransition[] {
  const first = transitions.find(({ adapter }) => adapter !== undefined)?.adapter;
  return transitions.filter(({ adapter }) => adapter === undefined || adapter === first);
}

function cellAt(record: ProbeRecord, step: number): Cell {
  const index = record.steps.indexOf(step);
  return {
    step,
    layer: record.layer,
    value: record.auroc.values[index] ?? NaN,
    interval: record.auroc.intervals[index] ?? [NaN, NaN],
    shuffled: record.shuffled.values[index] ?? NaN,
    n: record.n[index] ?? 0,
  };
}

/** Rows to name on the axis: all of a few, else evenly spread ones with the first and the last. */
function namedRows(count: number): number[] {
  if (count <= mostNamed) return Array.from({ length: count }, (_, row) => row);
  return Array.from({ length: mostNamed }, (_, place) => Math.round((place * (count - 1)) / (mostNamed - 1)));
}

function heatMap(
  steps: readonly number[],
  cells: readonly (readonly Cell[])[],
  { named, options }: { readonly named: readonly number[]; readonly options: FigureOptions },
): PlotlyTrace {
  const { scale } = palette(options.theme);
  return {
    type: "heatmap",
    name: "AUROC",
    x: steps,
    y: cells.map((_, row) => row),
    z: cells.map((row) => withGaps(row.map(({ value }) => value))),
    // For readouts: layer, step, interval, shuffled, held-out answers.
    customdata: cells.map((row) =>
      row.map(({ layer, step, interval, shuffled, n }) => [
        layer,
        step,
        ...withGaps([...interval, shuffled]),
        n,
      ]),
    ),
    meta: { named },
    colorscale: scale.map((color, index) => [index / (scale.length - 1), color]),
    zmin: chance,
    zmax: 1,
    xgap: 1,
    ygap: 1,
    hoverongaps: false,
    hovertemplate:
      "layer %{customdata[0]}, step %{customdata[1]}: AUROC %{z:.3f} [%{customdata[2]:.2f}, %{customdata[3]:.2f}]" +
      "<br>labels shuffled %{customdata[4]:.2f}, %{customdata[5]} held-out answers<extra></extra>",
    colorbar: {
      title: { text: "held-out AUROC", side: "right", font: { size: 12 } },
      thickness: 12,
      tickvals: [0.5, 0.6, 0.7, 0.8, 0.9, 1],
      ticktext: ["≤ 0.5, chance", "0.6", "0.7", "0.8", "0.9", "1"],
    },
  };
}

/** Marks with a cross every cell whose interval reaches chance. */
function chanceMarks(cells: readonly (readonly Cell[])[], options: FigureOptions): PlotlyTrace[] {
  const marked = cells.flatMap((row, place) =>
    row.flatMap(({ step, interval: [low] }) => (low <= chance ? [{ step, place }] : [])),
  );
  if (marked.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "interval reaches chance",
      x: marked.map(({ step }) => step),
      y: marked.map(({ place }) => place),
      marker: { symbol: "x-thin", size: 6, line: { color: palette(options.theme).muted, width: 1 } },
      hoverinfo: "skip",
    },
  ];
}

/**
 * Marks of transitions: bands and ticks in the strip above the cells, and over the cells a line at each
 * estimate.
 */
function marks(
  transitions: readonly PhaseTransition[],
  cellsEnd: number,
  options: FigureOptions,
): PlotlyRecord {
  const { shapes, annotations } = transitionBands(transitions, indicatorsIn("probe-layers"), options);
  const { background, foreground } = palette(options.theme);
  const ticks = shapes.filter(({ type }) => type === "line");
  // Dashes with an edge are seen on cells of any colour.
  const lines = ticks.flatMap((tick) =>
    [
      { color: background, width: 3 },
      { color: foreground, width: 1, dash: "3px,3px" },
    ].map((line): PlotlyRecord => ({ ...tick, y0: 0, y1: cellsEnd, line })),
  );
  // A band over cells would change their colours.
  const bands = shapes.map((shape) => (shape.type === "rect" ? { ...shape, y0: cellsEnd } : shape));
  return {
    shapes: [...bands, ...lines],
    annotations,
  };
}

/**
 * AUROC of the base model on the same answers, in words: a map that is full from the start says nothing of training.
 */
function baseWords(cells: readonly Cell[]): string {
  const base = cells
    .filter(({ step, value }) => step === 0 && Number.isFinite(value))
    .map(({ value }) => value);
  if (base.length === 0) return "";
  const [low, high] = [Math.min(...base), Math.max(...base)].map((value) => value.toFixed(2));
  const range = low === high ? `${low ?? ""} after every layer` : `${low ?? ""} to ${high ?? ""}`;
  return `The base model, step 0, separates these texts with an AUROC of ${range}; only what goes beyond it is due to training. `;
}

function captionOf(
  records: readonly ProbeRecord[],
  steps: readonly number[],
  { adapterLayers = [] }: ProbeLayersFigureOptions,
): string {
  const probed = records.find(({ c }) => Number.isFinite(c));
  const groups = probed?.heldOutGroups.length ?? 0;
  const held = records.flatMap(({ n }) => n.filter((count) => count > 0));
  const reasons = new Map(records.flatMap(({ absent }) => absent.map(({ step, reason }) => [step, reason])));
  const lowest = Math.min(...adapterLayers);
  return (
    `L2 logistic regression (C = ${probed?.c ?? NaN}, standardised features) on the residual stream after ${records.length} layers ` +
    `at ${stepRangeWords(steps)}; ${groups === 0 ? "rows held out at random" : `${groups} whole questions held out`}, ` +
    `${held.length === 0 ? "no" : `at least ${Math.min(...held)}`} held-out answers a cell, seed ${probed?.seed ?? NaN}. ` +
    "Intervals: 95 % (Hanley–McNeil, score form). Colours from 0.5, which is chance, to 1; a cross: the interval reaches " +
    "chance. A cell reaches half-way to the next probed step; what could not be probed is left open." +
    (Number.isFinite(lowest) && records.some(({ layer }) => layer < lowest)
      ? ` Below layer ${lowest}, the lowest that is trained, every step has the base model's activations.`
      : "") +
    (reasons.size === 0
      ? ""
      : ` Steps with gaps: ${[...reasons].map(([step, reason]) => `${step} (${reason})`).join(", ")}.`)
  );
}

function summaryOf(
  records: readonly ProbeRecord[],
  steps: readonly number[],
  cells: readonly Cell[],
): string {
  const values = cells.map(({ value }) => value);
  const finite = cells.filter(({ value }) => Number.isFinite(value));
  const reaching = finite.filter(({ interval: [low] }) => low <= chance).length;
  const ranged = (part: readonly number[]): string => rangeWords(part).replace(/, last.*/, "");
  const base = cells.filter(({ step }) => step === 0).map(({ value }) => value);
  return (
    `Held-out AUROC after ${records.length} layers, ${stepRangeWords(steps)}: ${ranged(values)}` +
    (base.some(Number.isFinite) ? `; at step 0 ${ranged(base)}` : "") +
    `. In ${reaching} of ${finite.length} cells the interval reaches chance; ` +
    `with shuffled labels the AUROC is ${ranged(cells.map(({ shuffled }) => shuffled))}.`
  );
}

function tableFor(cells: readonly Cell[]): FigureTable {
  return tableOf({
    layer: cells.map(({ layer }) => layer),
    step: cells.map(({ step }) => step),
    AUROC: cells.map(({ value }) => value),
    "AUROC low": cells.map(({ interval }) => interval[0]),
    "AUROC high": cells.map(({ interval }) => interval[1]),
    "AUROC shuffled": cells.map(({ shuffled }) => shuffled),
    n: cells.map(({ n }) => n),
  });
}
