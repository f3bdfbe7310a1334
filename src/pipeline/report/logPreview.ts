import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { analyze } from "../../analysis/analyze.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { smooth } from "../../analysis/series/smooth.js";
import { loggedSeries, type StepSeries } from "../../analysis/series/stepSeries.js";
import { defaultGradientWindow } from "../../analysis/transitions/peak/gradientNormPeak.js";
import { drawFigures, runFigures, type PlacedFigure } from "../../figures/run/runFigures.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { readRunLog } from "../../runs/runLog.js";

/** Preview of a run: what can be shown of it before it is analysed. */
export interface LogPreview {
  readonly runId: string;
  readonly status: string;
  readonly loss: Analysis["loss"];
  readonly gradNorm: Analysis["gradNorm"];
  /** Figures that are drawn from the log alone. */
  readonly figures: readonly PlacedFigure[];
  /** Record of the run without anything that needs a checkpoint or an answer. */
  readonly analysis: Analysis;
}

/**
 * Reads the log of a run and draws it as figures, without analysing the run: no checkpoint, no answer and no null
 * model, so that it is there at once however long the run is.
 *
 * @param transitions drawn into the figures: those of an earlier analysis
 * @throws TurncoatError for a manifest or a log that cannot be read
 */
export function logPreview(directory: string, transitions: Analysis["transitions"] = []): LogPreview {
  const manifestPath = join(directory, manifestFile);
  const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : null;
  const log = readRunLog(directory)?.state.log ?? [];
  const runId = manifest?.runId ?? basename(resolve(directory));
  const gradient = loggedSeries(log, (entry) => entry.gradNorm);
  const nothing = analyze({ run: runId, adapters: [], log: [], answers: [], gaps: [] });
  const analysis: Analysis = {
    ...nothing,
    transitions,
    absent: [],
    loss: loggedSeries(log, (entry) => entry.loss),
    learningRate: loggedSeries(log, (entry) => entry.learningRate),
    gradNorm: gradient === null ? null : smoothedNorm(gradient),
  };
  const fromLog = runFigures.filter(({ needs }) => needs.from === "log");
  return {
    runId,
    status: manifest?.status ?? "imported",
    loss: analysis.loss,
    gradNorm: analysis.gradNorm,
    figures: drawFigures(fromLog, { analysis, probes: null, answers: null, control: null }),
    analysis,
  };
}

/** The gradient norm smoothed as the analysis smooths it; its peak is not looked for. */
function smoothedNorm(series: StepSeries): Analysis["gradNorm"] {
  const [method, window] = ["median", defaultGradientWindow(series.steps)] as const;
  return { ...series, smoothed: smooth(series, { method, window }), window, method, peak: null };
}
