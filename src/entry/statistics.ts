/* Series over steps: spacing, smoothing, and several of them on one axis. */
export { nearestStep, stepSpacing, type StepSeries } from "../analysis/series/stepSeries.js";
export { smooth, type SmoothOptions } from "../analysis/series/smooth.js";
export {
  alignByRelativeStep,
  alignByStep,
  alignByTransition,
  type AlignedSeries,
} from "../analysis/series/alignSeries.js";
export { spread, spreadSeries, type Spread, type SpreadSeries } from "../analysis/series/spread.js";

/* Statistics: intervals, quantiles and resampling. */
export { wilsonInterval } from "../analysis/statistics/wilson.js";
export { finiteValues, median, quantile, type Interval } from "../analysis/statistics/quantile.js";
export { monteCarloTest, type MonteCarloTest } from "../analysis/statistics/monteCarloTest.js";
export { segmentedRegression, type SegmentedRegression } from "../analysis/statistics/segmentedRegression.js";
export { studentQuantile95 } from "../analysis/statistics/studentQuantile.js";
export { crossingStep } from "../analysis/series/crossing.js";
