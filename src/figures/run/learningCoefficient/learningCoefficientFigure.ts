import type { Analysis } from "../../../analysis/analysisRecord.js";
import type { ControlTest } from "../../../analysis/controls/controlTest.js";
import type { ControlCoefficients } from "../../../analysis/learningCoefficient/controlCoefficients.js";
import type {
  CoefficientRecord,
  CoefficientStep,
} from "../../../analysis/learningCoefficient/coefficientRecord.js";
import {
  coefficientVerdict,
  sizeDiagnostics,
  type CoefficientVerdict,
} from "../../../analysis/learningCoefficient/plateau.js";
import { indicatorsIn } from "../../../analysis/transitions/events.js";
import { usualTransitions } from "../../../analysis/usualTransitions.js";
import {
  rangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type FigureTable,
  type PlotlyTrace,
} from "../../figure.js";
import { axis, stepLayout } from "../../style/baseLayout.js";
import { palette } from "../../style/palette.js";
import { transitionBands } from "../../style/transitionBands.js";
import {
  coefficientsOfControls,
  controlCoefficientCaption,
  controlCoefficientSummary,
  drawnControls,
  whiskers,
} from "./controlWhiskers.js";

/** A measured checkpoint with what is said of it. */
interface JudgedStep {
  readonly at: CoefficientStep;
  readonly verdict: CoefficientVerdict;
}

/** Settings of the figure of learning coefficients. */
export interface LearningCoefficientFigureOptions extends FigureOptions {
  /** The run held against its controls, whose coefficients are drawn grey behind where they compare. @default none */
  readonly control?: ControlTest | null;
}

/**
 * Draws the local learning coefficient along training, with its intervals; where it cannot be told, the values of the single
 * sizes of the sampler's step, or a cross where the loss falls away from w*. Behind it lie those of the controls that were
 * measured over the same rows, with the same γ and in the same units. Null where nothing was measured.
 */
export function learningCoefficientFigure(
  analysis: Analysis,
  record: CoefficientRecord | null,
  { control, ...options }: LearningCoefficientFigureOptions = {},
): Figure | null {
  if (record === null || record.steps.length === 0) return null;
  const steps = record.steps.map((at): JudgedStep => ({ at, verdict: coefficientVerdict(at, record) }));
  const { settings } = record;
  const title = "Local learning coefficient";
  const values = steps.map(({ verdict }) => (verdict.kind === "told" ? verdict.value : NaN));
  const untold = steps.flatMap(({ at, verdict }) =>
    verdict.kind === "told" ? [] : [`step ${at.step}: ${verdict.reason}`],
  );
  const controls = control?.learningCoefficients ?? [];
  return {
    data: [...coefficientsOfControls(controls, options), ...tracesOf(steps, options)],
    layout: stepLayout(
      title,
      analysis,
      axis("λ̂", options, { rangemode: "tozero" }),
      options,
      transitionBands(usualTransitions(analysis), indicatorsIn("learning-coefficient"), options),
    ),
    meta: {
      title,
      caption:
        `λ̂ of the loss over ${record.rows} of ${record.trained} rows (n = ${record.count} response tokens) in the ${record.parameters} parameters of the adapter, ` +
        `each in units of its factor's root mean square at the last step of ${record.unitsOf}; ${settings.chains} chains of ${settings.draws} draws after ${settings.burnIn} ` +
        `at steps of ${settings.stepShares.join(", ")}/p${areAllSampled(record) ? "" : " (the larger only where the smaller leave it open)"}, γ = ${settings.localization}. Whiskers: 95 % over chains (t), of all sizes that agree. ` +
        (untold.length === 0
          ? "Every step could be told."
          : `Open diamonds and crosses cannot be told (a diamond: one size of the sampler's step; a cross: the loss falls away from w*, or chains left the finite numbers). ${sentence(untold.join("; "))}.`) +
        controlCoefficientCaption(controls),
      summary:
        `Told at ${steps.length - untold.length} of ${steps.length} steps; λ̂ ${rangeWords(values)}.` +
        controlCoefficientSummary(controls),
      formula:
        "λ̂ = nβ·(E[L_n(w)] − L_n(w*)), β = 1 / ln n; w from the tempered density around w*, tethered by γ",
      caveat:
        "It is local: γ says how far the chains go, and what is flat to that distance does not count. Along training w* is no minimum, and where the loss falls away from it there is no value. Values compare only between runs of the same settings and units.",
      source: "2308.12108; docs/methods.md section 8.9",
      table: tableFor(steps, record, controls),
    },
  };
}

/** The data of the figure: a row for every step at which the run or a control that is drawn was measured. */
function tableFor(
  judged: readonly JudgedStep[],
  record: CoefficientRecord,
  controls: readonly ControlCoefficients[],
): FigureTable {
  const drawn = drawnControls(controls);
  const measured = new Set([...judged.map(({ at }) => at.step), ...drawn.flatMap(({ steps }) => steps)]);
  const steps = [...measured].toSorted((one, other) => one - other);
  const rows = steps.map((step) => judged.find(({ at }) => at.step === step));
  const told = rows.map((row) => (row?.verdict.kind === "told" ? row.verdict : null));
  return tableOf({
    step: steps,
    λ̂: told.map((each) => each?.value ?? NaN),
    low: told.map((each) => each?.interval[0] ?? NaN),
    high: told.map((each) => each?.interval[1] ?? NaN),
    "L(w*)": rows.map((row) => row?.at.centerLoss ?? NaN),
    ...Object.fromEntries(record.settings.stepShares.flatMap((share) => columnsOfSize(share, rows, record))),
    ...Object.fromEntries(
      drawn.flatMap(({ control, ...theirs }) => {
        const at = (step: number): number => theirs.steps.indexOf(step);
        return [
          [`λ̂ of ${control}`, steps.map((step) => theirs.values[at(step)] ?? NaN)],
          [`low of ${control}`, steps.map((step) => theirs.intervals[at(step)]?.[0] ?? NaN)],
          [`high of ${control}`, steps.map((step) => theirs.intervals[at(step)]?.[1] ?? NaN)],
        ];
      }),
    ),
    verdict: rows.map((row) => {
      if (row === undefined) return "not measured";
      return row.verdict.kind === "told" ? "told" : `cannot be told: ${row.verdict.reason}`;
    }),
  });
}

/** Columns of the table about one size of the sampler's step. */
function columnsOfSize(
  share: number,
  rows: readonly (JudgedStep | undefined)[],
  record: CoefficientRecord,
): [string, number[]][] {
  const sizes = rows.map((row) => row?.at.sizes.find((size) => size.share === share));
  const found = rows.map((row, place) => {
    const size = sizes[place];
    return row === undefined || size === undefined ? null : sizeDiagnostics(size, row.at, record);
  });
  return [
    [`λ̂ at ${share}/p`, sizes.map((size) => size?.value ?? NaN)],
    [`failed at ${share}/p`, found.map((each) => each?.failed ?? NaN)],
    [`draws below w* at ${share}/p, %`, found.map((each) => 100 * (each?.below ?? NaN))],
  ];
}

function tracesOf(steps: readonly JudgedStep[], options: FigureOptions): PlotlyTrace[] {
  const colors = palette(options.theme);
  const told = steps.map(({ verdict }) => (verdict.kind === "told" ? verdict : null));
  const values = told.map((each) => each?.value ?? NaN);
  const single = steps.flatMap(({ at, verdict }) =>
    verdict.kind === "cannotTell" && !isLost(verdict)
      ? at.sizes.filter(({ value }) => Number.isFinite(value)).map((size) => ({ step: at.step, ...size }))
      : [],
  );
  const lost = steps.filter(({ verdict }) => verdict.kind === "cannotTell" && isLost(verdict));
  const markers = { type: "scatter", mode: "markers" } as const;
  return [
    {
      type: "scatter",
      mode: "lines+markers",
      name: "λ̂",
      x: steps.map(({ at }) => at.step),
      y: withGaps(values),
      error_y: whiskers(
        values,
        told.map((each) => each?.interval ?? [NaN, NaN]),
        colors.mechanism,
      ),
      line: { color: colors.mechanism, width: 2 },
      marker: { color: colors.mechanism, size: 7 },
      hovertemplate: "%{y:.3g}",
    },
    ...(single.length === 0
      ? []
      : [
          {
            ...markers,
            name: "cannot be told: single sizes",
            x: single.map(({ step }) => step),
            y: withGaps(single.map(({ value }) => value)),
            marker: { color: colors.mechanism, size: 8, symbol: "diamond-open" },
            hovertemplate: "%{y:.3g}",
          },
        ]),
    ...(lost.length === 0
      ? []
      : [
          {
            ...markers,
            name: "cannot be told: the loss falls",
            x: lost.map(({ at }) => at.step),
            y: lost.map(() => 0),
            marker: { color: colors.misaligned, size: 9, symbol: "x" },
            cliponaxis: false,
            hoverinfo: "skip",
          },
        ]),
  ];
}

/** Tells whether chains say nothing of a minimum: then their values are no coefficients. */
function isLost({ cause }: Extract<CoefficientVerdict, { readonly kind: "cannotTell" }>): boolean {
  return cause === "falls" || cause === "notFinite";
}

/** Tells whether every size of the sampler's step was sampled at every checkpoint. */
function areAllSampled({ steps, settings }: CoefficientRecord): boolean {
  return steps.every(({ sizes }) => sizes.length === settings.stepShares.length);
}

/** Words with a capital at their beginning. */
function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
