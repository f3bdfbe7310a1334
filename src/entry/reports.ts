/* Reports: a run read from disk, analysed and drawn. */
export { analyzeRun, type AnalyzedRun } from "../pipeline/report/analyzeRun.js";
export { heldAgainstControls, type ControlledRun } from "../pipeline/report/controlledRun.js";
export { buildRunReport, figuresOf, type RunReport } from "../pipeline/report/runReport.js";
