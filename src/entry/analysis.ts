/* Analysis of a whole run, and of several: pure functions from arrays to records. */
export { analyze } from "../analysis/analyze.js";
export { summary } from "../pipeline/report/summary.js";
export { withStraightPositive } from "../analysis/straightPositive.js";
export type {
  Analysis,
  AnalysisInput,
  AnalysisOptions,
  ProjectionError,
  ProjectionRecord,
} from "../analysis/analysisRecord.js";
export { usualTransition, usualTransitions } from "../analysis/usualTransitions.js";
export {
  aggregateRuns,
  type AggregateOptions,
  type RunsAggregate,
} from "../analysis/comparison/aggregateRuns.js";
export { meanOverRuns, type SpreadBand } from "../analysis/comparison/compareCurves.js";
export {
  compareRuns,
  type CompareOptions,
  type Comparison,
  type RunToCompare,
} from "../pipeline/comparison/compareRuns.js";
/* Sampler of the local learning coefficient of any loss. */
export {
  localLearningCoefficient,
  type CoefficientChain,
  type CoefficientRequest,
  type LearningCoefficient,
  type LossAndGradient,
} from "../analysis/learningCoefficient/localLearningCoefficient.js";
