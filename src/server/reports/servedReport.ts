import { detectors, needWords } from "../../analysis/transitions/detectors.js";
import { saidOf } from "../../analysis/transitions/events.js";
import { stepRange } from "../../figures/style/baseLayout.js";
import { usualPart } from "../../figures/run/partFigures.js";
import type { PlotlyTrace } from "../../figures/figure.js";
import { withAwaited } from "./awaitedFigures.js";
import type { CurrentReport } from "./currentReport.js";
import type { ServedReport } from "../schemas/report.js";

/** Prepares a report for the page: what it shows before its figures arrive. */
export function servedReport(report: CurrentReport): ServedReport {
  const {
    runId,
    directory,
    status,
    recipe,
    isComplete,
    progress,
    headline,
    evidence,
    sentences,
    findings,
    warnings,
    evaluations,
    analysis,
    figures,
    versions,
  } = report;
  const entries = figures.map(({ id, onStepAxis, isTall, isSpatial, isOfAdapter, figure }) => ({
    id,
    title: figure.meta.title,
    onStepAxis,
    isTall: isTall || hasManyRows(figure.data),
    isSpatial,
    isOfAdapter,
    version: versions.get(id) ?? "",
    awaited: null,
  }));
  const { alignedBelow, coherentAbove } = analysis.parameters;
  return {
    runId,
    directory,
    status,
    recipe,
    isComplete,
    progress,
    headline,
    evidence,
    sentences,
    findings,
    warnings,
    adapters: analysis.adapters.map(({ name, layer, rank }) => ({ name, layer, rank })),
    whole:
      analysis.whole === null
        ? null
        : {
            name: analysis.whole.name,
            adapters: analysis.whole.adapters.length,
            shown: usualPart(analysis)?.name ?? null,
          },
    evaluations,
    scales: analysis.behavior?.scales.map((each) => each.scale) ?? [],
    usualScale: analysis.behavior?.usualScale ?? null,
    indicators: detectors.map(({ name, letter, words, needs }) => ({
      name,
      letter,
      words: saidOf(analysis)(words),
      needs: needWords[needs],
    })),
    transitions: analysis.transitions,
    absent: analysis.absent,
    thresholds: { alignedBelow, coherentAbove },
    axis: axisOf(report),
    figures: withAwaited(entries, report),
  };
}

/**
 * Step axis of a report: every step that a figure has a value or a gap at, sorted, and the stretch that the figures
 * share.
 */
function axisOf({ analysis, figures }: CurrentReport): ServedReport["axis"] {
  const steps = new Set<number>();
  const read = new Set<unknown>();
  for (const { figure } of figures.filter((each) => each.onStepAxis)) {
    for (const { x } of figure.data) {
      // Curves of one figure mostly share their steps.
      if (!Array.isArray(x) || read.has(x)) continue;
      read.add(x);
      const list: readonly unknown[] = x;
      for (const step of list) if (typeof step === "number" && Number.isFinite(step)) steps.add(step);
    }
  }
  const sorted = Float64Array.from(steps).sort();
  const range = stepRange(analysis) ?? [(sorted[0] ?? 0) - 0.5, (sorted.at(-1) ?? 1) + 0.5];
  return { steps: Array.from(sorted), range };
}

/** Number of rows above which a small plot cannot tell those of a map apart. */
const manyRows = 12;

function hasManyRows(data: readonly PlotlyTrace[]): boolean {
  return data.some(({ type, y }) => type === "heatmap" && Array.isArray(y) && y.length > manyRows);
}
