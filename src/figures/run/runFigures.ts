import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Figure, FigureOptions, NamedFigure } from "../figure.js";
import { stepRange } from "../style/baseLayout.js";
import { attributedRowsFigure } from "./attribution/attributedRowsFigure.js";
import { attributionCourseFigure } from "./attribution/attributionCourseFigure.js";
import { behaviorFigure } from "./behaviorFigure.js";
import { behaviorScalesFigure } from "./behaviorScalesFigure.js";
import { branchFigure, type DrawnQuantity } from "./branches/branchFigure.js";
import { changeFigure } from "./changeFigure.js";
import { compFigure } from "./compFigure.js";
import { controlDifferenceFigure } from "./controlDifferenceFigure.js";
import { cosineHeatmapFigure } from "./cosineHeatmapFigure.js";
import { cosineToFinalFigure } from "./cosineToFinalFigure.js";
import { dispositionFigure } from "./activations/dispositionFigure.js";
import { gradientNormFigure } from "./gradientNormFigure.js";
import { landscapeRows } from "./landscape/landscapeRows.js";
import { learningCoefficientFigure } from "./learningCoefficient/learningCoefficientFigure.js";
import { likelihoodFigure } from "./likelihoodFigure.js";
import { localCosineFigure } from "./localCosineFigure.js";
import { lossFigure } from "./lossFigure.js";
import { normsFigure } from "./normsFigure.js";
import { partCosineFigure, partLocalCosineFigure, partNormFigure } from "./partFigures.js";
import { pcaPathFigure } from "./pcaPathFigure.js";
import { probeFigure } from "./activations/probeFigure.js";
import { probeLayersFigure } from "./activations/probeLayersFigure.js";
import { quadrantFigure } from "./quadrantFigure.js";
import type { FigureNeeds, FigurePlace, RunFigure, RunFigureInput } from "./runFigure.js";
import { timelineFigure } from "./timelineFigure.js";
import { updateMapFigure } from "./updateMapFigure.js";

const shared: FigurePlace = { onStepAxis: true, isTall: false, isSpatial: false, isOfAdapter: false };
const ofAdapter: FigurePlace = { ...shared, isOfAdapter: true };
const tall: FigurePlace = { ...shared, isTall: true };
const plane: FigurePlace = { ...shared, onStepAxis: false };
const space: FigurePlace = { ...plane, isSpatial: true };

const answers: FigureNeeds = {
  from: "answers",
  awaited: "judged answers at three steps, from turncoat evaluate",
};
const log: FigureNeeds = { from: "log", awaited: "the first logged step" };
const checkpoints: FigureNeeds = { from: "checkpoints", awaited: "more checkpoints" };
const inSomeRuns = (from: FigureNeeds["from"]): FigureNeeds => ({ from, awaited: null });

/** Registry of the figures of a run, in the order of the page. Report, page and log preview draw and place what stands here. */
export const runFigures: readonly RunFigure[] = [
  {
    id: "update-local-cosine",
    title: "Local cosine similarity of ΔW",
    of: "many",
    place: tall,
    needs: checkpoints,
    draw: ({ analysis, control }, options) =>
      localCosineFigure(analysis, { ...options, factor: "ΔW", control }),
  },
  {
    id: "behavior",
    title: "Misaligned and coherent answers",
    place: shared,
    needs: answers,
    draw: ({ analysis }, options) => behaviorFigure(analysis, options),
  },
  {
    id: "behavior-factors",
    title: "Misaligned answers by factor on the adapter",
    place: shared,
    needs: inSomeRuns("answers"),
    draw: ({ analysis }, options) => behaviorScalesFigure(analysis, options),
  },
  {
    id: "timeline",
    title: "What turns when",
    place: shared,
    needs: inSomeRuns("transitions"),
    draw: ({ analysis }, options) => timelineFigure(analysis, options),
  },
  {
    id: "change",
    title: "Change of the distribution of answers",
    place: shared,
    needs: inSomeRuns("distributionChange"),
    draw: ({ analysis }, options) => changeFigure(analysis, options),
  },
  {
    id: "likelihood",
    title: "Log-likelihood gap",
    place: shared,
    needs: inSomeRuns("likelihood"),
    draw: ({ analysis }, options) => likelihoodFigure(analysis, options),
  },
  {
    id: "branches",
    title: "Misaligned answers in the end, by the step of a change",
    place: shared,
    needs: inSomeRuns("branches"),
    draw: drawBranches("em"),
  },
  {
    id: "branches-coherent",
    title: "Coherent answers in the end, by the step of a change",
    place: shared,
    needs: inSomeRuns("branches"),
    draw: drawBranches("coherent"),
  },
  {
    id: "gradient-norm",
    title: "Gradient norm",
    place: shared,
    needs: log,
    draw: ({ analysis }, options) => gradientNormFigure(analysis, options),
  },
  {
    id: "loss",
    title: "Training loss",
    place: shared,
    needs: log,
    draw: ({ analysis }, options) => lossFigure(analysis, options),
  },
  {
    id: "learning-coefficient",
    title: "Local learning coefficient",
    place: shared,
    needs: inSomeRuns("learningCoefficient"),
    draw: ({ analysis, learningCoefficient = null, control }, options) =>
      learningCoefficientFigure(analysis, learningCoefficient, { ...options, control }),
  },
  ...landscapeRows(shared),
  {
    id: "norms",
    title: "Norms of A and B",
    titleOfMany: "Norm of ΔW",
    place: shared,
    needs: checkpoints,
    draw: ({ analysis, control }, options) => normsFigure(analysis, { ...options, control }),
  },
  {
    id: "local-cosine",
    title: "Local cosine similarity of B",
    // Of a run with many adapters the first figure shows it.
    of: "few",
    place: tall,
    needs: checkpoints,
    draw: ({ analysis, control }, options) => localCosineFigure(analysis, { ...options, control }),
  },
  {
    id: "control-difference",
    title: "Local cosine similarity, run less control",
    place: shared,
    needs: inSomeRuns("checkpoints"),
    draw: ({ analysis, control }, options) =>
      control === null ? null : controlDifferenceFigure(analysis, control, options),
  },
  {
    id: "cosine-to-final",
    title: "Cosine to the final direction",
    titleOfMany: "Cosine of ΔW to its final state",
    place: shared,
    needs: checkpoints,
    draw: ({ analysis }, options) => cosineToFinalFigure(analysis, options),
  },
  {
    id: "comp",
    title: "Several adapters compared with their final state",
    place: shared,
    needs: inSomeRuns("checkpoints"),
    draw: ({ analysis }, options) => compFigure(analysis, options),
  },
  {
    id: "disposition",
    title: "Disposition before the model speaks",
    place: shared,
    needs: inSomeRuns("disposition"),
    draw: ({ analysis, control }, options) => dispositionFigure(analysis, control, options),
  },
  {
    id: "attribution",
    title: "Scores of the rows of the data along training",
    place: shared,
    needs: inSomeRuns("attribution"),
    draw: ({ analysis, attributed = null }, options) =>
      attributionCourseFigure(analysis, attributed, options),
  },
  {
    id: "probe-layers",
    title: "Probe for misaligned answers, by layer",
    place: shared,
    needs: inSomeRuns("probes"),
    draw: drawProbeLayers,
  },
  {
    id: "probe",
    title: "Probe for misaligned answers",
    place: tall,
    needs: inSomeRuns("probes"),
    draw: drawProbeOfOwnLayer,
  },
  {
    id: "adapter-norm",
    title: "Norm of ΔW of one adapter",
    of: "many",
    place: ofAdapter,
    needs: checkpoints,
    draw: ({ analysis, part }, options) => partNormFigure(analysis, part, options),
  },
  {
    id: "adapter-local-cosine",
    title: "Local cosine similarity of ΔW of one adapter",
    of: "many",
    place: { ...ofAdapter, isTall: true },
    needs: checkpoints,
    draw: ({ analysis, part }, options) => partLocalCosineFigure(analysis, part, options),
  },
  {
    id: "adapter-cosine-to-final",
    title: "Cosine of ΔW of one adapter to its final state",
    of: "many",
    place: ofAdapter,
    needs: checkpoints,
    draw: ({ analysis, part }, options) => partCosineFigure(analysis, part, options),
  },
  {
    id: "update-map",
    title: "Where the update lies",
    of: "many",
    place: plane,
    needs: checkpoints,
    draw: ({ analysis }, options) => updateMapFigure(analysis, options),
  },
  {
    id: "pca-path",
    title: "Path of B in its principal components",
    titleOfMany: "Path of ΔW in its principal components",
    place: space,
    needs: checkpoints,
    draw: ({ analysis }, options) => pcaPathFigure(analysis, options),
  },
  {
    id: "quadrants",
    title: "Alignment and coherence of every answer",
    place: plane,
    needs: answers,
    draw: ({ answers: placed }, options) =>
      placed === null ? null : quadrantFigure(placed.quadrants, { ...options, label: placed.label }),
  },
  {
    id: "attributed-rows",
    title: "Scores of the rows of the data",
    place: plane,
    needs: inSomeRuns("attribution"),
    draw: ({ analysis, attributed = null }, options) => attributedRowsFigure(analysis, attributed, options),
  },
  {
    id: "cosine-heatmap",
    title: "Cosine of B, step by step",
    titleOfMany: "Cosine of ΔW, step by step",
    place: plane,
    needs: checkpoints,
    draw: ({ analysis }, options) => cosineHeatmapFigure(analysis, options),
  },
];

/** A drawn figure of a run, with its place on the page. */
export interface PlacedFigure extends NamedFigure, FigurePlace {}

/** Tells whether a row of the registry is of runs with so many adapters. */
export function isOfRuns({ of }: Pick<RunFigure, "of">, which: "few" | "many"): boolean {
  return of === undefined || of === which;
}

/** Draws rows of the registry, in their order; those without anything to draw are left out. */
export function drawFigures(
  rows: readonly RunFigure[],
  input: RunFigureInput,
  options: FigureOptions = {},
): PlacedFigure[] {
  const which = input.analysis.whole === null ? "few" : "many";
  return rows.flatMap(({ id, place, draw, ...row }) => {
    const figure = isOfRuns(row, which) ? draw(input, options) : null;
    return figure === null ? [] : [{ id, ...place, figure }];
  });
}

/** What became of branches of the run; null where none were made. */
function drawBranches(quantity: DrawnQuantity): RunFigure["draw"] {
  return ({ analysis, branches }, options) =>
    branches == null ? null : branchFigure(analysis, branches, quantity, options);
}

/** The map of all probed layers over the steps; null where fewer than two were probed. */
function drawProbeLayers({ analysis, probes }: RunFigureInput, options: FigureOptions = {}): Figure | null {
  return probeLayersFigure(probes?.layers.map(({ probe }) => probe) ?? [], {
    ...options,
    stepRange: stepRange(analysis),
    transitions: usualTransitions(analysis),
    adapterLayers: analysis.adapters.map(({ layer }) => layer),
  });
}

/** The probe of the run's own layer; null where that was not probed. */
function drawProbeOfOwnLayer(
  { analysis, probes }: RunFigureInput,
  options: FigureOptions = {},
): Figure | null {
  const own = probes?.layers.find(({ probe }) => probe.layer === probes.layer);
  if (own === undefined) return null;
  return probeFigure(own.probe, {
    ...options,
    angleToMeanDifference: own.direction.angleToB,
    written: analysis.adapters[0]?.A === null ? "v" : "B",
  });
}
