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
