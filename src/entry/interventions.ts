/* Interventions: directions added, taken out, adapters scaled, each beside random ones and the base. */
export { steer, steerAlong, type Steering, type SteeringChoice } from "../pipeline/directions/steering.js";
export { interventionRows, type InterventionRow } from "../analysis/interventions/interventionRows.js";
export { interventionSentences } from "../analysis/interventions/interventionWords.js";
export { interventionFigures } from "../figures/interventions/interventionFigures.js";
export {
  ablateConditions,
  possibleWays,
  type AblateRequest,
} from "../pipeline/interventions/ablateConditions.js";
export type { AblationWay } from "../pipeline/interventions/ablationWays.js";
export {
  directionSettings,
  interventionTable,
  runInterventions,
  type InterventionRequest,
  type InterventionTable,
} from "../pipeline/interventions/runInterventions.js";
export {
  scaleConditions,
  type ModuleFactors,
  type ScaleRequest,
} from "../pipeline/interventions/scaleConditions.js";
export { steerConditions, type SteerRequest } from "../pipeline/interventions/steerConditions.js";
export {
  interpolateConditions,
  type InterpolateRequest,
} from "../pipeline/interventions/interpolateConditions.js";
export { patchConditions, type PatchRequest } from "../pipeline/interventions/patchConditions.js";
export {
  baselineConditions,
  lastStep,
  untouchedModel,
  type PlannedCondition,
  type UntouchedChoice,
} from "../pipeline/interventions/plannedConditions.js";
export { interventionNames, readInterventions } from "../pipeline/interventions/keptAnswers.js";
export {
  measureDownstream,
  type DownstreamCosines,
  type DownstreamRequest,
} from "../pipeline/interventions/downstream.js";
export {
  directionReport,
  type DirectionReport,
  type DirectionReportRequest,
} from "../pipeline/interventions/directionReport.js";

/* Random twins: vectors of the same length, and adapters that write as much, along directions drawn by chance. */
export { randomTwin } from "../analysis/interventions/randomTwin.js";
export { randomOutput } from "../analysis/interventions/randomOutput.js";
export { withoutDirection } from "../analysis/interventions/withoutDirection.js";

/* Efficiency and stability: losses of rescaled and of disturbed adapters, one run beside others. */
export {
  adapterNorms,
  adapterParameters,
  withParameters,
  type AdapterNorms,
} from "../analysis/landscape/adapterVector.js";
export {
  compareLandscapes,
  type LandscapeComparison,
  type LandscapeOptions,
  type LandscapeReport,
  type LandscapeVerdict,
  type RunLandscape,
} from "../analysis/landscape/compareLandscapes.js";
export {
  landscapeNorms,
  usualEpsilons,
  usualMultiples,
  type LandscapeNorm,
  type TrainedKind,
} from "../analysis/landscape/landscapeSettings.js";
export {
  compareAlongTraining,
  comparisonsAlong,
  type ComparisonAlong,
  type LandscapeAtStep,
} from "../analysis/landscape/landscapeAlong.js";
export { landscapeSentences } from "../analysis/landscape/landscapeWords.js";
export type { MeasuredLandscape } from "../analysis/landscape/measuredLandscape.js";
export { orthogonalNoise, turnedBy } from "../analysis/landscape/orthogonalNoise.js";
export {
  landscapeAlongFigures,
  type LandscapeAlongOptions,
} from "../figures/landscape/landscapeAlongFigures.js";
export { readLandscapeAlong, writeLandscapeAlong } from "../pipeline/results/landscapeAlongResult.js";
export { landscapeFigures } from "../figures/landscape/landscapeFigures.js";
export {
  measureLandscapes,
  measureLandscapesAlong,
  type LandscapeRequest,
} from "../pipeline/interventions/measureLandscape.js";
