/* Audits: sealed runs of known truth, and what signs and people say of them. */
export { auditKinds, type AuditKind } from "../organism/audit/auditKinds.js";
export {
  sealedConversations,
  type SealedConversations,
  type SealedPlan,
} from "../organism/audit/sealedConversations.js";
export { makeAudit, type AuditRequest } from "../pipeline/audit/makeAudit.js";
export { readSeal, type AuditSeal, type AuditTruth } from "../pipeline/audit/auditFiles.js";
export { runSigns, type RunSigns } from "../pipeline/audit/runSigns.js";
export {
  scoreAudit,
  type AuditScoreRequest,
  type AuditScores,
  type KindOutcome,
  type ScoredSign,
} from "../pipeline/audit/scoreAudit.js";

/* Proper scores, ROC curves and calibration of anything that warns. */
export { signWorth, type MeanScore, type SignReadings, type SignWorth } from "../analysis/audit/signWorth.js";
export { leftOutProbabilities } from "../analysis/audit/leftOutProbabilities.js";
export { rocCurve, type RocPoint } from "../analysis/audit/rocCurve.js";
export { calibrationBins, type CalibrationBin } from "../analysis/audit/calibrationBins.js";
