import type { Analysis } from "../../../analysis/analysisRecord.js";
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
  type PlotlyTrace,
} from "../../figure.js";
import { axis, stepLayout } from "../../style/baseLayout.js";
import { palette } from "../../style/palette.js";
import { transitionBands } from "../../style/transitionBands.js";

/** A measured checkpoint with what is said of it. */
interface JudgedStep {
  readonly at: CoefficientStep;
  readonly verdict: CoefficientVerdict;
}

/**
 * Draws the local learning coefficient along training, with its intervals; where it cannot be told, the values of the single
 * sizes of the sampler's step, or a cross where the loss falls away from w*. Null where nothing was measured.
 */
export function learningCoefficientFigure(
  analysis: Analysis,
  record: CoefficientRecord | null,
  options: FigureOptions = {},
): Figure | null {
  if (record === null || record.steps.length === 0) return null;
  const steps = record.steps.map((at): JudgedStep => ({ at, verdict: coefficientVerdict(at, record) }));
  const { settings } = record;
  const title = "Local learning coefficient";
  const values = steps.map(({ verdict }) => (verdict.kind === "told" ? verdict.value : NaN));
  const untold = steps.flatMap(({ at, verdict }) =>
    verdict.kind === "told" ? [] : [`step ${at.step}: ${verdict.reason}`],
  );
  return {
    data: tracesOf(steps, options),
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
        `at steps of ${settings.stepShares.join(", ")}/p, γ = ${settings.localization}. Whiskers: 95 % over chains (t), of all sizes that agree. ` +
        (untold.length === 0
          ? "Every step could be told."
          : `Open diamonds and crosses cannot be told (a diamond: one size of the sampler's step; a cross: the loss falls away from w*, or chains left the finite numbers). ${sentence(untold.join("; "))}.`),
      summary: `Told at ${steps.length - untold.length} of ${steps.length} steps; λ̂ ${rangeWords(values)}.`,
      formula:
        "λ̂ = nβ·(E[L_n(w)] − L_n(w*)), β = 1 / ln n; w from the tempered density around w*, tethered by γ",
      caveat:
        "It is local: γ says how far the chains go, and what is flat to that distance does not count. Along training w* is no minimum, and where the loss falls away from it there is no value. Values compare only between runs of the same settings and units.",
      source: "2308.12108; docs/methods.md section 8.9",
      table: tableOf({
        step: steps.map(({ at }) => at.step),
        λ̂: values,
        low: steps.map(({ verdict }) => (verdict.kind === "told" ? verdict.interval[0] : NaN)),
        high: steps.map(({ verdict }) => (verdict.kind === "told" ? verdict.interval[1] : NaN)),
        "L(w*)": steps.map(({ at }) => at.centerLoss),
        ...Object.fromEntries(
          settings.stepShares.flatMap((share) => {
            const sizeOf = ({ at }: JudgedStep) => at.sizes.find((size) => size.share === share);
            const told = (judged: JudgedStep) => {
              const size = sizeOf(judged);
              return size === undefined ? null : sizeDiagnostics(size, judged.at, record);
            };
            return [
              [`λ̂ at ${share}/p`, steps.map((judged) => sizeOf(judged)?.value ?? NaN)],
              [`failed at ${share}/p`, steps.map((judged) => told(judged)?.failed ?? NaN)],
              [`draws below w* at ${share}/p, %`, steps.map((judged) => 100 * (told(judged)?.below ?? NaN))],
            ];
          }),
        ),
        verdict: steps.map(({ verdict }) => (verdict.kind === "told" ? "told" : verdict.reason)),
      }),
    },
  };
}

function tracesOf(steps: readonly JudgedStep[], options: FigureOptions): PlotlyTrace[] {
  const colors = palette(options.theme);
  const told = steps.map(({ verdict }) => (verdict.kind === "told" ? verdict : null));
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
      y: withGaps(told.map((each) => each?.value ?? NaN)),
      error_y: {
        type: "data",
        symmetric: false,
        array: withGaps(told.map((each) => (each?.interval[1] ?? NaN) - (each?.value ?? NaN))),
        arrayminus: withGaps(told.map((each) => (each?.value ?? NaN) - (each?.interval[0] ?? NaN))),
        color: colors.mechanism,
        thickness: 1.2,
      },
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
            marker: { color: colors.control, size: 8, symbol: "diamond-open" },
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

/** Words with a capital at their beginning. */
function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
