/* Transitions: what a detector found, or why it found nothing, and what comes before what. */
export {
  detectors,
  type AbsentTransition,
  type Detector,
  type PhaseTransition,
  type TransitionIndicator,
  type TransitionVerdict,
} from "../analysis/transitions/detectors.js";
export {
  gradientNormPeak,
  type GradientNormPeakOptions,
} from "../analysis/transitions/peak/gradientNormPeak.js";
export { normGrowth, type NormGrowthOptions } from "../analysis/transitions/peak/normGrowth.js";
export { bendCurve, rotation, type RotationOptions } from "../analysis/transitions/rotation/rotation.js";
export {
  behavioralTransition,
  type BehavioralTransitionOptions,
} from "../analysis/transitions/behavior/behavioralTransition.js";
export { dispositionRise } from "../analysis/transitions/behavior/dispositionRise.js";
export { compBend, type CompBendOptions } from "../analysis/transitions/corner/compBend.js";
export { pcaCorner, type PcaCornerOptions } from "../analysis/transitions/corner/pcaCorner.js";
export { onsetSweep, type ThresholdOnset } from "../analysis/transitions/behavior/onsetSweep.js";
export { eventLetter, eventWords } from "../analysis/transitions/events.js";
export type { Sensitivity } from "../analysis/transitions/phaseTransition.js";
export { absenceReason, verdictWords, type Verdict } from "../analysis/transitions/verdictWords.js";
export type { Timeline, TimelineEvent } from "../analysis/transitions/timeline.js";

/* Controls: whether a transition is the run's own, or shared with a run that began alike and learnt other answers. */
export { controlTest, type ControlTest } from "../analysis/controls/controlTest.js";
export type { ControlCurve, JudgedRun } from "../analysis/controls/controlCurves.js";
export { controlSentence, controlVerdictWords } from "../analysis/controls/controlWords.js";
export { pairingOf, type PairedRun, type Pairing } from "../pipeline/evaluation/pairing.js";

/* Many adapters: which of them turn, tested together, so that the chance of naming any that does not is at most the level. */
export { turningParts, type TurningParts } from "../analysis/transitions/rotation/turningParts.js";
export { stepDown, type StepDown } from "../analysis/statistics/stepDown.js";
