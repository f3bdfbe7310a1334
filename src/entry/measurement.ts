/* Measurements on a run's checkpoints, which are kept with the run. */
export {
  measureDistributionChange,
  type DistributionChangeRequest,
} from "../pipeline/measurement/measureDistributionChange.js";
export {
  broadPairs,
  measureLikelihood,
  organismPairs,
  readPairs,
  type LikelihoodRequest,
} from "../pipeline/measurement/measureLikelihood.js";
export { probeRun, type ProbeRequest } from "../pipeline/measurement/probeRun.js";
export { readLikelihood, type RunLikelihood } from "../pipeline/results/likelihoodResult.js";

/* Which rows of the training data turned it: their own gradients, and trainings without them. */
export { attributeRun, type AttributionRequest } from "../pipeline/attribution/attributeRun.js";
export {
  broadAnswers,
  trainedRows,
  trainedWith,
  type BroadAnswers,
  type BroadChoice,
  type RowChoice,
  type TrainedRows,
  type TrainedWith,
} from "../pipeline/attribution/attributionSources.js";
export {
  trainWithout,
  type WithoutOutcome,
  type WithoutRequest,
} from "../pipeline/attribution/trainWithout.js";
export { readAttribution, type RunAttribution } from "../pipeline/results/attributionResult.js";
export { readRemoval, type RunRemoval } from "../pipeline/results/removalResult.js";
export {
  scoreWords,
  type AttributedRow,
  type AttributedStep,
  type AttributionRecord,
  type ScoreKind,
} from "../analysis/attribution/attributionRecord.js";
export { attributedSteps } from "../analysis/attribution/attributedSteps.js";
export {
  attributionSummary,
  type AttributionSummary,
  type PlantedArea,
  type RankedRow,
  type SummaryChoice,
} from "../analysis/attribution/attributionSummary.js";
export {
  removalTest,
  type RemovalArm,
  type RemovalOutcome,
  type RemovalRow,
  type RemovalTest,
  type RemovalVerdict,
  type SeedMean,
} from "../analysis/attribution/removalTest.js";
export { removalWords } from "../analysis/attribution/removalWords.js";
export {
  plantedArea,
  rankedRows,
  scoresOf,
  type ScoreChoice,
  type ScoreSpan,
} from "../analysis/attribution/rowRanking.js";
export { rowScores, type ScoreReferences } from "../analysis/attribution/rowScores.js";
export { turnOfRun } from "../analysis/attribution/turnOfRun.js";
export { attributionCourseFigure } from "../figures/run/attribution/attributionCourseFigure.js";
export { attributedRowsFigure } from "../figures/run/attribution/attributedRowsFigure.js";
export type { Attributed } from "../figures/run/attribution/attributionInput.js";

/* How degenerate the loss around the adapter is along training: the local learning coefficient. */
export {
  measureLearningCoefficient,
  type LearningCoefficientRequest,
} from "../pipeline/learningCoefficient/measureLearningCoefficient.js";
export {
  readLearningCoefficient,
  type RunLearningCoefficient,
} from "../pipeline/results/learningCoefficientResult.js";
export type {
  CoefficientRecord,
  CoefficientStep,
  SamplerSettings,
  SizedEstimate,
} from "../analysis/learningCoefficient/coefficientRecord.js";
export {
  coefficientVerdict,
  sizeDiagnostics,
  type CoefficientVerdict,
  type SizeDiagnostics,
} from "../analysis/learningCoefficient/plateau.js";
export { usualCoefficientRows, usualSampler } from "../analysis/learningCoefficient/usualSampler.js";
export {
  controlCoefficients,
  type ControlCoefficients,
} from "../analysis/learningCoefficient/controlCoefficients.js";
export {
  learningCoefficientFigure,
  type LearningCoefficientFigureOptions,
} from "../figures/run/learningCoefficient/learningCoefficientFigure.js";
