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
export {
  aggregateRuns,
  type AggregateOptions,
  type RunsAggregate,
} from "../analysis/comparison/aggregateRuns.js";
