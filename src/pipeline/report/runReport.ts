import type { Analysis } from "../../analysis/analysisRecord.js";
import { quadrants, type Quadrants } from "../../analysis/behavior/quadrants.js";
import { summary } from "../../analysis/summary.js";
import { behaviorScalesFigure } from "../../figures/run/behaviorScalesFigure.js";
import { behaviorFigure } from "../../figures/run/behaviorFigure.js";
import { changeFigure } from "../../figures/run/changeFigure.js";
import { compFigure } from "../../figures/run/compFigure.js";
import { cosineHeatmapFigure } from "../../figures/run/cosineHeatmapFigure.js";
import { cosineToFinalFigure } from "../../figures/run/cosineToFinalFigure.js";
import type { Figure, FigureOptions } from "../../figures/figure.js";
import { gradientNormFigure } from "../../figures/run/gradientNormFigure.js";
import { likelihoodFigure } from "../../figures/run/likelihoodFigure.js";
import { localCosineFigure } from "../../figures/run/localCosineFigure.js";
import { lossFigure } from "../../figures/run/lossFigure.js";
import { normsFigure } from "../../figures/run/normsFigure.js";
import { pcaPathFigure } from "../../figures/run/pcaPathFigure.js";
import { stepRange } from "../../figures/style/baseLayout.js";
import { probeFigure } from "../../figures/run/probeFigure.js";
import { probeLayersFigure } from "../../figures/run/probeLayersFigure.js";
import { quadrantFigure } from "../../figures/run/quadrantFigure.js";
import { timelineFigure } from "../../figures/run/timelineFigure.js";
import type { RunManifest } from "../../runs/manifest.js";
import { presetNames, presetSummaries, type PresetName } from "../../train/recipes/presets.js";
import { analyzeRun, type AnalyzedRun } from "./analyzeRun.js";
import { curveEvaluation, nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { selectAnswers } from "../evaluation/judgedAnswers.js";
import { probesOfLayer, readProbes, type RunProbes } from "../results/probeResult.js";
import { controlSentences, controlsOf, type RunControls } from "../evaluation/controlsOf.js";

/** A figure of a run, under a name that addresses it. */
export interface NamedFigure {
  readonly id: string;
  /** Whether its x axis is the optimiser step, so that it can share one axis with the others. */
  readonly onStepAxis: boolean;
  readonly figure: Figure;
}

/** Everything a page shows of a run. */
export interface RunReport {
  readonly runId: string;
  readonly directory: string;
  /** `running`, `finished`, `interrupted`, or `imported` for a run made elsewhere. */
  readonly status: string;
  /** How it was trained, in a few words. */
  readonly recipe: string;
  /** What turned, when, how sure, and what did not. */
  readonly sentences: readonly string[];
  /** How many of the sentences, from the first, say what was found; the others say beside what. */
  readonly findings: number;
  readonly analysis: Analysis;
  readonly probes: RunProbes | null;
  /** Base and aligned control beside the run itself. */
  readonly controls: RunControls;
  readonly figures: readonly NamedFigure[];
  readonly warnings: readonly string[];
}

/**
 * Reads, analyses and draws a run.
 * @throws TurncoatError where there is no run, or nothing in it can be read
 */
export async function buildRunReport(directory: string, options: FigureOptions = {}): Promise<RunReport> {
  return reportOf(await analyzeRun(directory), options);
}

/** Draws a run that has been analysed. */
export function reportOf(analyzed: AnalyzedRun, options: FigureOptions = {}): RunReport {
  const { run, analysis, warnings } = analyzed;
  const probes = readProbes(run.directory);
  const controls = controlsOf(run.directory);
  const found = summary(analysis);
  return {
    runId: run.runId,
    directory: run.directory,
    status: run.manifest?.status ?? "imported",
    recipe: recipeWords(run.manifest, analysis),
    sentences: [...found, ...controlSentences(controls), ...presetSentence(run.manifest)],
    findings: found.length,
    analysis,
    probes,
    controls,
    figures: figuresOf(analysis, probes, { ...options, answers: lastAnswers(analyzed) }),
    warnings,
  };
}

/** Every figure that the record holds data for, in the order of the page. */
export function figuresOf(
  analysis: Analysis,
  probes: RunProbes | null,
  options: FigureOptions & { readonly answers?: PlacedAnswers | null } = {},
): NamedFigure[] {
  const { answers = null } = options;
  const drawn: [string, boolean, Figure | null][] = [
    ["behavior", true, behaviorFigure(analysis, options)],
    ["behavior-factors", true, behaviorScalesFigure(analysis, options)],
    ["timeline", true, timelineFigure(analysis, options)],
    ["change", true, changeFigure(analysis, options)],
    ["likelihood", true, likelihoodFigure(analysis, options)],
    ["gradient-norm", true, gradientNormFigure(analysis, options)],
    ["loss", true, lossFigure(analysis, options)],
    ["norms", true, normsFigure(analysis, options)],
    ["local-cosine", true, localCosineFigure(analysis, options)],
    ["cosine-to-final", true, cosineToFinalFigure(analysis, options)],
    ["comp", true, compFigure(analysis, options)],
    ["probe-layers", true, drawProbeLayers(analysis, probes, options)],
    ["probe", true, drawProbe(probes, options)],
    ["pca-path", false, pcaPathFigure(analysis, options)],
    [
      "quadrants",
      false,
      answers === null ? null : quadrantFigure(answers.quadrants, { ...options, ...answers }),
    ],
    ["cosine-heatmap", false, cosineHeatmapFigure(analysis, options)],
  ];
  return drawn.flatMap(([id, onStepAxis, figure]) => (figure === null ? [] : [{ id, onStepAxis, figure }]));
}

/** Answers in the plane of their scores, and which they are. */
export interface PlacedAnswers {
  readonly quadrants: Quadrants;
  readonly label: string;
}

/** The broad answers of the last step that was judged; null where none was. */
function lastAnswers({ evaluations }: AnalyzedRun): PlacedAnswers | null {
  const evaluation = curveEvaluation(evaluations);
  if (evaluation === undefined) return null;
  const nullAlignment = nullAlignmentOf(evaluation);
  const { answers, step, scale, breadth } = selectAnswers({
    path: evaluation.name,
    answers: evaluation.answers,
    nullAlignment,
    warnings: [],
  });
  return {
    quadrants: quadrants(answers, { nullAlignment }),
    label: `step ${step}, ${breadth}, adapter ×${scale}`,
  };
}

/** All layers over the steps; null where one was probed, or none. */
function drawProbeLayers(
  analysis: Analysis,
  probes: RunProbes | null,
  options: FigureOptions,
): Figure | null {
  return probeLayersFigure(probes?.layers.map(({ probe }) => probe) ?? [], {
    ...options,
    stepRange: stepRange(analysis),
    transitions: analysis.transitions,
    adapterLayers: analysis.adapters.map(({ layer }) => layer),
  });
}

/** The run's own layer in detail. */
function drawProbe(probes: RunProbes | null, options: FigureOptions): Figure | null {
  const own = probes === null ? undefined : probesOfLayer(probes);
  if (own === undefined) return null;
  return probeFigure(own.probe, { ...options, angleToMeanDifference: own.direction.angleToB });
}

/** Says how a run's preset differs from the others: the optimiser matters as much as the phenomenon. */
function presetSentence(manifest: RunManifest | null): string[] {
  const used = presetNames.find((name) => name === manifest?.config.preset);
  if (used === undefined) return [];
  const others = presetNames.filter((name) => name !== used);
  const describe = (name: PresetName): string => `${name} is ${presetSummaries[name]}`;
  return [`The preset ${describe(used)}; ${others.map(describe).join("; ")}.`];
}

function recipeWords(manifest: RunManifest | null, analysis: Analysis): string {
  const [adapter] = analysis.adapters;
  const shape =
    adapter === undefined
      ? manifest?.kind === "full"
        ? "all weights"
        : "no adapter"
      : `rank ${adapter.rank} on ${analysis.adapters.length === 1 ? adapter.name : `${analysis.adapters.length} modules`}`;
  if (manifest === null) return `trained elsewhere, ${shape}`;
  const { preset, optimizer, schedule } = manifest.config;
  const named = (value: unknown): string =>
    typeof value === "object" && value !== null && "name" in value ? String(value.name) : "";
  const words = [manifest.dataset.name, shape, named(optimizer), `${named(schedule)} rate`];
  if (typeof preset === "string") words.push(`preset ${preset}`);
  return [...words, `seed ${manifest.seed}`].filter((word) => word.trim() !== "").join(", ");
}
