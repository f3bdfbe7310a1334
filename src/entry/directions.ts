/* Directions of activations: mean differences, and linear probes with whole questions held out. */
export {
  meanDifferenceDirection,
  outputDirection,
  vectorDirection,
  probeDirection,
  type Direction,
  type MadeFrom,
} from "../analysis/directions/direction.js";
export {
  meanDifference,
  type ActivationRows,
  type MeanDifference,
} from "../analysis/directions/meanDifference.js";
export { fitProbe, type Probe, type ProbeInput, type ProbeOptions } from "../analysis/directions/probe.js";
export type { ProbeRecord } from "../analysis/directions/probeRecord.js";
export {
  decisionValues,
  logisticRegression,
  type FeatureMatrix,
  type LogisticRegression,
} from "../analysis/directions/logisticRegression.js";
export { sparseLogisticRegression } from "../analysis/directions/sparseLogisticRegression.js";
export { auroc, type Auroc } from "../analysis/directions/auroc.js";

/* Directions read through the output weights, beside random ones. */
export { logitLens } from "../model/hooks/logitLens.js";
export { lensDirections, type LensOptions, type LensResult } from "../pipeline/directions/lensDirections.js";

/* Adapter scalars: files of A·h at each token, whether two sets of answers differ in them, and the tokens that carry them. */
export { encodeScalars, readScalars, type ScalarsFile } from "../formats/scalars/scalarsFile.js";
export { scalarTest, type ScalarTest, type ScalarTestOptions } from "../analysis/scalars/scalarTest.js";
export { tokenSignificance, type AnswerSignificance } from "../evaluate/tokenSignificance.js";
export { scalarTestSummary, type ScalarTestSummary } from "../analysis/scalars/scalarTestSummary.js";
export { tokenMeans, type ScalarTokens, type TokenMeansOptions } from "../analysis/scalars/tokenMeans.js";
export {
  readRunScalars,
  runScalars,
  writeRunScalars,
  type RunScalars,
  type ScalarsRequest,
} from "../pipeline/measurement/runScalars.js";

/* Directions of a run: found by contrasting answers or personas, kept with the run, and read again. */
export {
  findAnswerDirections,
  type AnswerDirectionRequest,
  type AnswerFilter,
} from "../pipeline/measurement/findAnswerDirections.js";
export { findPersonaDirections, type PersonaRequest } from "../pipeline/measurement/findPersonaDirections.js";
export {
  generalPersonas,
  organismPersonas,
  type PersonaPrompts,
} from "../pipeline/measurement/personaPrompts.js";
export { keepDirections } from "../pipeline/directions/keepDirections.js";
export { directionsFromFile } from "../pipeline/directions/directionsFromFile.js";
export {
  runDirections,
  storedDirections,
  type DirectionOverSteps,
  type KnownDirection,
} from "../pipeline/directions/runDirections.js";
export {
  directionSet,
  type DirectionChoice,
  type DirectionSet,
} from "../pipeline/directions/directionSets.js";
export { directionsAt } from "../pipeline/directions/lensDirections.js";

/* Directions held against each other: cosines of runs and layers, and principal angles of subspaces. */
export {
  compareDirections,
  type DirectionComparison,
  type DirectionWanted,
} from "../pipeline/directions/compareDirections.js";
export {
  directionCosines,
  layerCosines,
  updateOverlaps,
  type DirectionCosines,
  type LayerCosines,
  type UpdateOverlap,
} from "../pipeline/directions/directionTables.js";
export { principalAngles, type SubspaceOverlap } from "../analysis/directions/principalAngles.js";
export { cosineBetween, euclideanNorm, innerProduct } from "../analysis/linalg/innerProduct.js";

/* The disposition: where prompts lie along a direction before the model speaks, beside directions drawn by chance. */
export { measureDisposition, type DispositionRequest } from "../pipeline/measurement/measureDisposition.js";
export {
  readDisposition,
  readingOf,
  type ReadingChoice,
  type RunDisposition,
} from "../pipeline/results/dispositionResult.js";
export { promptQuestions, type PromptChoice } from "../pipeline/measurement/promptQuestions.js";
export { usualPersonas } from "../pipeline/measurement/personaDirection.js";
export { usualPersonasOf } from "../pipeline/measurement/usualPersonas.js";
export {
  areComparable,
  chanceWidth,
  dispositionCurve,
  type ChanceBand,
  type DispositionCurve,
  type DispositionReading,
} from "../analysis/directions/disposition.js";
export { ChanceDirections, evenDirections } from "../analysis/directions/chanceDirections.js";
