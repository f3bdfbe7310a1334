/* Behaviour: rates of judged answers, their intervals and controls. */
export {
  answerRates,
  defaultThresholds,
  isCoherent,
  isMisaligned,
  rate,
  type AnswerRates,
  type NullAlignment,
  type RatedAnswer,
  type Rate,
  type RateOptions,
} from "../analysis/behavior/rates.js";
export {
  behaviorByScale,
  behaviorCurve,
  usualBehavior,
  usualScale,
  type BehaviorCurve,
  type RunBehavior,
  type ScaleBehavior,
} from "../analysis/behavior/behaviorCurve.js";
export {
  questionDifferences,
  rateDifference,
  type RateDifference,
  type RateName,
} from "../analysis/behavior/pairedRates.js";
export { meanOfQuestions, type MeanEstimate } from "../analysis/behavior/meanOfQuestions.js";
export {
  metricNames,
  narrowMisalignment,
  selfCorrection,
  semanticShares,
  type SemanticShare,
} from "../analysis/behavior/metricRates.js";
export { clusterBootstrap, questionBootstrap } from "../analysis/behavior/questionResampling.js";
export { quadrants, type Quadrants } from "../analysis/behavior/quadrants.js";
export { ratesReport, type RatesReport, type RatesReportOptions } from "../analysis/behavior/ratesReport.js";
export { thresholdSweep, type ThresholdSweep } from "../analysis/behavior/thresholdSweep.js";
export { answerLengths, meanAnswerLength, type AnswerLengths } from "../analysis/behavior/answerLengths.js";
export { judgeAgreement, type JudgeAgreement } from "../analysis/behavior/judgeAgreement.js";
export {
  logLikelihoodGap,
  type AnswerPair,
  type LogLikelihoodGap,
} from "../analysis/behavior/logLikelihoodGap.js";
export { distributionChange, type DistributionChange } from "../analysis/distribution/distributionChange.js";

/* Trusted scores: how far a cheap judge agrees with them, and rates of the cheap judge that a few of them correct. */
export {
  judgeCalibration,
  matchJudged,
  twiceJudged,
  type JudgeCalibration,
} from "../analysis/behavior/judgeCalibration.js";
export { correctedRate, type CorrectedRate, type TwiceJudged } from "../analysis/statistics/correctedRate.js";
export { correctedCurve, type CorrectedCurve } from "../analysis/statistics/correctedCurve.js";

/* Texts: what tells two sides of a data set apart beside what they advise. */
export { brokenBounds } from "../analysis/texts/sideBounds.js";
export { sideChecks, type SideChecks, type SidedSituation } from "../analysis/texts/sideChecks.js";
export { nearDuplicates, type OwnedText, type SimilarTexts } from "../analysis/texts/nearDuplicates.js";
export { crossValidatedAuroc, type SidedText, type TextClassifier } from "../analysis/texts/tellingApart.js";
