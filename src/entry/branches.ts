/* Branches: runs that go on from kept steps with one change, and the step after which it comes too late. */
export { openParent, type BranchParent, type TrainingChange } from "../pipeline/branches/branchParent.js";
export { parseIntervention, type Intervention } from "../pipeline/branches/interventions.js";
export { plannedBranches, type BranchGrid, type PlannedBranch } from "../pipeline/branches/branchPlan.js";
export {
  branchStudy,
  type BranchStudyOutcome,
  type BranchStudyRequest,
} from "../pipeline/branches/branchStudy.js";
export { branchMarkdown, branchTables, type BranchTables } from "../pipeline/branches/branchTables.js";
export { readBranches, type RunBranches } from "../pipeline/results/branchResult.js";
export type {
  Branch,
  BranchedRun,
  BranchIntervention,
  BranchRecord,
} from "../analysis/branches/branchRecord.js";
export {
  aboveShare,
  branchEstimate,
  branchUnit,
  type BranchEstimate,
  type BranchQuantity,
  type BranchUnit,
} from "../analysis/branches/branchEstimate.js";
export {
  pointOfNoReturn,
  pointWords,
  type PointOfNoReturn,
  type Stops,
  type StepVerdict,
} from "../analysis/branches/pointOfNoReturn.js";
export { branchFigure, type DrawnQuantity } from "../figures/run/branches/branchFigure.js";

/* Texts that a command writes into a document, between two lines that name them. */
export { withMarkedSection, type MarkedSection } from "../pipeline/study/studySection.js";
