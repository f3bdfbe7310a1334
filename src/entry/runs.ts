/* Runs: what a run directory holds, read as it is. */
export { type Checkpoint, openRun, type Run, type RunGap, runOf, type RunSource } from "../runs/openRun.js";
export {
  readDirectionTrajectories,
  type DirectionsTrajectories,
  type DirectionsTrajectory,
} from "../runs/directionTrajectories.js";
export { readTrajectories, type AdapterTrajectory, type Trajectories } from "../runs/trajectories.js";
export { readEvaluations, type Evaluation, type JudgedAnswer } from "../runs/evaluations.js";
export { analysisFolder } from "../runs/layout.js";
export { readAdapter, type LoraAdapter, type LoraModule } from "../formats/peft.js";
export { readTrainedVectors, type TrainedVectors } from "../formats/trainedVectors.js";
export { readChange, type RunChange } from "../pipeline/results/changeResult.js";
export {
  probesOfLayer,
  readProbes,
  type LayerProbes,
  type RunProbes,
} from "../pipeline/results/probeResult.js";
export { baseModelOf, isOrganismBase, type BaseModel } from "../pipeline/catalog/baseModelOf.js";
export { diffRuns, type RunsDiff } from "../pipeline/catalog/diffRuns.js";
