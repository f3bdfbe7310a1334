/* Studies: many trainings from one file, each harmful run with its careful control, and tables of what was measured. */
export { readStudy, type Study } from "../pipeline/study/studyFile.js";
export { runStudy, type StudyRequest } from "../pipeline/study/runStudy.js";
export type { StudyEvents, StudyProgress } from "../pipeline/study/studyWork.js";
export type { StudyOutcome } from "../pipeline/study/engines/studyEngine.js";
export { studyStatus, type StudyRunStatus } from "../pipeline/study/studyStatus.js";
export { studyCost, type StudyCost, type StudyRunCost } from "../pipeline/study/studyCost.js";
export type { KeptPace } from "../pipeline/study/keptPace.js";
export {
  studyResults,
  type PairResult,
  type RunResult,
  type StudyResults,
} from "../pipeline/study/studyResults.js";
export {
  studyMarkdown,
  studyTables,
  tablesMarkdown,
  type StudyTable,
} from "../pipeline/study/studyTables.js";
export { withStudySection } from "../pipeline/study/studySection.js";

/* Crossed studies: seeds, learning rates and orders of the data, told apart. */
export {
  factorResults,
  readFactorResults,
  type FactorResults,
  type FactorRow,
} from "../pipeline/study/studyFactors.js";
export { factorTables } from "../pipeline/study/factorTables.js";
export {
  stratifiedDifference,
  stratumMeans,
  type CrossedValue,
  type StratifiedDifference,
} from "../analysis/comparison/stratifiedDifference.js";
