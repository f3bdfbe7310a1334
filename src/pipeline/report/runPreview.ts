import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { analyze } from "../../analysis/analyze.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { dispositionCurve } from "../../analysis/directions/disposition.js";
import { smooth } from "../../analysis/series/smooth.js";
import { loggedSeries, type StepSeries } from "../../analysis/series/stepSeries.js";
import { defaultGradientWindow } from "../../analysis/transitions/peak/gradientNormPeak.js";
import { drawFigures, runFigures, type PlacedFigure } from "../../figures/run/runFigures.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { readRunLog } from "../../runs/runLog.js";
import type { AnalyzedRun } from "./analyzeRun.js";
import { figuresOf, lastAnswers } from "./runReport.js";
import { readableDisposition, readingOf } from "../results/dispositionResult.js";

/** Resamples of questions behind the interval of a disposition: few, so that the preview is there at once. */
const resamples = 99;

/** Preview of a run: what can be shown of it before it is analysed. */
export interface RunPreview {
  readonly runId: string;
  readonly status: string;
  readonly loss: Analysis["loss"];
  readonly gradNorm: Analysis["gradNorm"];
  /** What can be drawn of it; nothing that turns is marked unless it was known before. */
  readonly figures: readonly PlacedFigure[];
  /** Record of the run as far as it is there. */
  readonly analysis: Analysis;
}

/** Draws a run whose curves are there and in which nothing has been looked for. */
export function curvesPreview({ run, analysis, evaluation, kept }: AnalyzedRun): RunPreview {
  return {
    runId: run.runId,
    status: run.manifest?.status ?? "imported",
    loss: analysis.loss,
    gradNorm: analysis.gradNorm,
    figures: figuresOf(analysis, kept.probes, { answers: lastAnswers({ analysis, evaluation }) }),
    analysis,
  };
}

/**
 * Reads the log of a run, and where its prompts lie, and draws them as figures without analysing the run: no checkpoint and
 * no answer, so that it is there at once however long the run is.
 *
 * @param transitions drawn into the figures: those of an earlier analysis
 * @throws TurncoatError for a manifest or a log that cannot be read
 */
export function logPreview(directory: string, transitions: Analysis["transitions"] = []): RunPreview {
  const manifestPath = join(directory, manifestFile);
  const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : null;
  const log = readRunLog(directory)?.state.log ?? [];
  const runId = manifest?.runId ?? basename(resolve(directory));
  const read = readableDisposition(directory);
  const gradient = loggedSeries(log, (entry) => entry.gradNorm);
  const nothing = analyze({ run: runId, adapters: [], log: [], answers: [], gaps: [] });
  const analysis: Analysis = {
    ...nothing,
    transitions,
    absent: [],
    loss: loggedSeries(log, (entry) => entry.loss),
    learningRate: loggedSeries(log, (entry) => entry.learningRate),
    gradNorm: gradient === null ? null : smoothedNorm(gradient),
    disposition: read === null ? null : dispositionCurve(readingOf(read), { resamples }),
  };
  const drawn = runFigures.filter(({ id, needs }) => needs.from === "log" || id === "disposition");
  return {
    runId,
    status: manifest?.status ?? "imported",
    loss: analysis.loss,
    gradNorm: analysis.gradNorm,
    figures: drawFigures(drawn, { analysis, probes: null, answers: null, control: null }),
    analysis,
  };
}

/** The gradient norm smoothed as the analysis smooths it; its peak is not looked for. */
function smoothedNorm(series: StepSeries): Analysis["gradNorm"] {
  const [method, window] = ["median", defaultGradientWindow(series.steps)] as const;
  return { ...series, smoothed: smooth(series, { method, window }), window, method, peak: null };
}
