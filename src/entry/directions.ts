/* Directions of activations: mean differences, and linear probes with whole questions held out. */
export type { Direction, MadeFrom } from "../analysis/directions/direction.js";
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
export { tokenMeans, type ScalarTokens, type TokenMeansOptions } from "../analysis/scalars/tokenMeans.js";
export { runScalars, writeRunScalars, type ScalarsRequest } from "../pipeline/measurement/runScalars.js";

export { runDirections, type DirectionOverSteps } from "../pipeline/directions/runDirections.js";
