import type { Analysis } from "../../analysis/analysisRecord.js";
import { usualBehavior, type ScaleBehavior } from "../../analysis/behavior/behaviorCurve.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { controlCounts, controlSentence, withoutControl } from "../../analysis/controls/controlWords.js";
import { groupedDigits } from "../../analysis/statistics/groupedDigits.js";
import {
  detectors,
  type AbsentTransition,
  type Detector,
  type PhaseTransition,
  type TransitionIndicator,
  type TransitionWith,
} from "../../analysis/transitions/detectors.js";
import { absenceReason, absenceSentence } from "../../analysis/transitions/verdictWords.js";
import { isOf, saidOf } from "../../analysis/transitions/events.js";
import { dispositionWords } from "../../analysis/transitions/behavior/dispositionWords.js";
import { turningWords } from "../../analysis/transitions/rotation/turningParts.js";
import { compSentence, projectionSentence } from "./sentences/geometrySentences.js";
import { lagWords, stepsWords } from "./sentences/lagWords.js";
import { lengthSentence, levelSentence } from "./sentences/levelSentences.js";
import { interval, percent, percentages } from "./sentences/sentenceNumbers.js";
import { capitalized, spelledOut } from "./sentences/spelledOut.js";
import { judgedSentence, whereSentence, wholeSubject } from "./sentences/wholeWords.js";

/**
 * Says what turned, when, how sure, and what did not, in sentences. They say no more than the record: an indicator
 * that was not measured is not mentioned as absent. Of a turn they say whether the run's controls have it too.
 *
 * @param control the run held against its controls. @default none was given
 */
export function summary(analysis: Analysis, control: ControlTest | null = null): string[] {
  const scale = usualBehavior(analysis.behavior);
  const said: Said = {
    analysis,
    scale,
    behavior: transitionOf(analysis, "behavior", scale?.scale),
    control,
  };
  const { whole, transitions } = analysis;
  const ofAdapters = whole && turningWords(whole);
  // Where only some adapters turn, nothing says more.
  const areFirst =
    whole?.turning.parts.some(({ turns }) => turns) === true && !transitions.some(isOf("rotation"));
  const sentences = [
    areFirst ? ofAdapters : null,
    ...inOrder(analysis)
      .map((detector) => (writers[detector.name] ?? plainSentence(detector))(said))
      .map((sentence) => (sentence === null ? null : saidOf(analysis)(sentence))),
    areFirst ? null : ofAdapters,
    whole && judgedSentence(whole),
    projectionSentence(analysis),
    levelSentence(scale),
    lengthSentence(scale),
    gapSentence(analysis),
    compSentence(analysis),
    // Of many adapters nothing is said of A or of B.
    ...new Set(
      (whole === null ? analysis.adapters : []).flatMap((adapter) =>
        adapter.warnings.map((warning) => `Note: ${warning}.`),
      ),
    ),
  ].filter((sentence): sentence is string => sentence !== null);
  return spelledOut(sentences).map(groupedDigits);
}

/** Material that a sentence is written from. */
interface Said {
  readonly analysis: Analysis;
  /** Behaviour at the usual factor, and its transition. */
  readonly scale: ScaleBehavior | undefined;
  readonly behavior: TransitionWith<"behavior"> | undefined;
  /** Null where no control was given. */
  readonly control: ControlTest | null;
}

type Writer = (said: Said) => string | null;

/** Number of adapters that the detectors judged one by one; of many, the whole update stands for one. */
function judgedCount({ whole, adapters }: Analysis): number {
  return whole === null ? adapters.length : 1;
}

/**
 * Behaviour comes first, then the mechanism in the order of the time line; of a whole update first its turn, and before
 * behaviour where that was not evaluated.
 */
function inOrder({ whole, behavior }: Analysis): Detector[] {
  const ofBehavior = ({ needs }: Detector): boolean =>
    needs === "answers" || needs === "distributionChange" || needs === "disposition";
  const isTurn = ({ name }: Detector): boolean => whole !== null && name === "rotation";
  const sorted = detectors.toSorted((one, other) => one.order - other.order);
  const outside = sorted.filter(ofBehavior).reverse();
  const inside = sorted.filter((detector) => !ofBehavior(detector));
  const mechanism = [...inside.filter(isTurn), ...inside.filter((each) => !isTurn(each))];
  return whole !== null && behavior === null ? [...mechanism, ...outside] : [...outside, ...mechanism];
}

/** Sentences that say more of an indicator than that it happens. */
const writers: Readonly<Partial<Record<TransitionIndicator, Writer>>> = {
  behavior: behaviorSentence,
  narrowBehavior: narrowSentence,
  distributionChange: changeSentence,
  gradientNorm: gradientSentence,
  normGrowth: growthSentence,
  rotation: rotationSentence,
  pcaCorner: cornerSentence,
  compBend: bendSentence,
  disposition: dispositionSentence,
};

/** That an event happens, in the words of its row. */
function plainSentence({ name, words }: Detector): Writer {
  const start = capitalized(words);
  return (said) => {
    const all = said.analysis.transitions.filter((each) => each.indicator === name);
    return foundSentence(said, all, start, start);
  };
}

function behaviorSentence({ analysis, scale, behavior, control }: Said): string | null {
  if (scale === undefined) return "Behaviour was not evaluated.";
  const factor = `×${scale.scale}`;
  if (behavior !== undefined) {
    const { width, floor, plateau } = behavior.evidence;
    return (
      `Behaviour turns at step ${behavior.step} ${interval(behavior.interval)} (${factor}), ` +
      `EM rising from ${percent(floor)} to ${percent(plateau)} within ${stepsWords(Math.max(1, Math.round(width)))}.` +
      againstControls(control, [behavior])
    );
  }
  const absent = absentOf(analysis, "behavior", scale.scale);
  return absent === undefined
    ? null
    : absenceSentence(absent, {
        isNot: `Behaviour does not turn (${factor})`,
        event: `behaviour turns (${factor})`,
      });
}

function narrowSentence(said: Said): string | null {
  const { analysis, scale } = said;
  if (scale === undefined) return null;
  const narrow = transitionOf(analysis, "narrowBehavior", scale.scale);
  if (narrow !== undefined)
    return `Narrow misalignment turns ${when(said, narrow)}.` + againstControls(said.control, [narrow]);
  const absent = absentOf(analysis, "narrowBehavior", scale.scale);
  return absent === undefined
    ? null
    : absenceSentence(absent, {
        isNot: "Narrow misalignment does not turn",
        event: "narrow misalignment turns",
      });
}

/** Says where the answers change most, and how much of that the judge's EM sees. */
function changeSentence(said: Said): string | null {
  const { analysis } = said;
  const change = analysis.distributionChange?.broad ?? null;
  if (change === null) return null;
  const peak = transitionOf(analysis, "distributionChange");
  if (peak === undefined) {
    const absent = absentOf(analysis, "distributionChange");
    return absent === undefined
      ? null
      : absenceSentence(absent, {
          isNot: "The distribution of answers has no peak of change",
          event: "the distribution of answers has a peak of change",
        });
  }
  const at = change.steps.indexOf(peak.step);
  const share = change.explained.find(({ property }) => property === "EM")?.share.totalVariation;
  const seen =
    share === undefined
      ? ""
      : `; EM explains ${percent(100 * (share.values[at] ?? NaN))} ${interval(percentages(share.interval[at]))} of it`;
  const distance = change.total.totalVariation.values[at] ?? NaN;
  return (
    `The distribution of answers changes most ${when(said, peak)}, by a total variation distance of ` +
    `${distance.toFixed(2)} between windows of ${change.window} steps${seen}.`
  );
}

function dispositionSentence(said: Said): string | null {
  const { disposition } = said.analysis;
  const turn = transitionOf(said.analysis, "disposition");
  if (disposition === null || turn === undefined) return disposition && dispositionWords(disposition);
  return dispositionWords(disposition, when(said, turn)) + againstControls(said.control, [turn]);
}

function gradientSentence(said: Said): string | null {
  const { analysis } = said;
  const peak = transitionOf(analysis, "gradientNorm");
  if (peak !== undefined) {
    const { value, finalLevel } = peak.evidence;
    return (
      `The gradient norm peaks ${when(said, peak)}, at ${(value / finalLevel).toFixed(1)} times its final level.` +
      againstControls(said.control, [peak])
    );
  }
  const absent = absentOf(analysis, "gradientNorm");
  if (absent === undefined || analysis.gradNorm === null) return null;
  return absenceSentence(absent, {
    isNot: "The gradient norm has no peak",
    event: "the gradient norm peaks",
  });
}

function growthSentence(said: Said): string | null {
  const growths = said.analysis.transitions.filter(isOf("normGrowth"));
  if (growths.length === 0) {
    return absencesSentence(said.analysis, "normGrowth", {
      isNot: "‖B‖ does not grow fastest inside the run",
      event: "‖B‖ grows fastest inside the run",
    });
  }
  return foundSentence(said, growths, "‖B‖ grows fastest", "‖B‖ grows fastest inside the run");
}

function rotationSentence(said: Said): string | null {
  const { analysis } = said;
  const rotations = analysis.transitions.filter(isOf("rotation"));
  const [first] = rotations;
  if (judgedCount(analysis) === 0) return null;
  const { whole } = analysis;
  const subject = whole === null ? "direction" : wholeSubject;
  const where = whole === null ? null : whereSentence(whole);
  const withPlace = (sentence: string | null): string | null =>
    [sentence, where].filter((each) => each !== null).join(" ") || null;
  if (first === undefined) {
    return withPlace(
      absencesSentence(analysis, "rotation", {
        isNot: `The ${subject} makes no sharp turn`,
        event: `the ${subject} makes a sharp turn`,
      }),
    );
  }
  const turns = whole === null ? "The direction of B turns" : `The ${subject} turns`;
  return withPlace(
    foundSentence(said, rotations, `${turns} by ${first.evidence.bendDegrees.toFixed(0)}°`, turns),
  );
}

function cornerSentence(said: Said): string | null {
  const corners = said.analysis.transitions.filter(isOf("pcaCorner"));
  if (corners.length === 0) {
    return absencesSentence(said.analysis, "pcaCorner", {
      isNot: "The path of B has no corner",
      event: "the path of B has a corner",
    });
  }
  const corner = "The path of B has a corner";
  return foundSentence(said, corners, `${corner} of ${(corners[0]?.prominence ?? NaN).toFixed(0)}°`, corner);
}

function bendSentence(said: Said): string | null {
  const bend = transitionOf(said.analysis, "compBend");
  if (bend !== undefined)
    return (
      `The comp score of the adapters bends ${when(said, bend)}.` + againstControls(said.control, [bend])
    );
  const absent = absentOf(said.analysis, "compBend");
  return absent === undefined
    ? null
    : absenceSentence(absent, {
        isNot: "The comp score of the adapters does not bend",
        event: "the comp score of the adapters bends",
      });
}

/**
 * Says that no adapter has an event, or of how many it cannot be told; null where none was judged. The reason is that of
 * the first adapter of which it cannot be told, else of the first.
 */
function absencesSentence(
  analysis: Analysis,
  indicator: TransitionIndicator,
  words: { readonly isNot: string; readonly event: string },
): string | null {
  const count = judgedCount(analysis);
  const all = analysis.absent.filter((each) => each.indicator === indicator);
  const untold = all.filter(({ verdict }) => verdict === "cannotTell");
  const first = untold[0] ?? all[0];
  if (first === undefined || count === 0) return null;
  if (count === 1) return absenceSentence(first, words);
  const why = `${first.adapter ?? ""}: ${absenceReason(first)}`;
  if (untold.length === 0) return `${words.isNot} in any of ${count} adapters (${why}).`;
  const [start, rest] =
    untold.length === all.length
      ? [`Whether ${words.event}`, ""]
      : [`Of ${untold.length} of ${count} adapters, whether ${words.event}`, "; of the others it does not"];
  return `${start} cannot be told (${why})${rest}.`;
}

/** Says where one adapter's event is, or how many adapters have it; null where none has. */
function foundSentence(
  said: Said,
  all: readonly PhaseTransition[],
  ofOne: string,
  ofMany: string,
): string | null {
  const [first] = all;
  const count = judgedCount(said.analysis);
  if (first === undefined) return null;
  if (count > 1 && first.adapter !== undefined)
    return (
      `${ofMany} in ${all.length} of ${count} adapters (steps ${stepRange(all)}).` +
      againstControls(said.control, all)
    );
  return `${ofOne} ${when(said, first)}.` + againstControls(said.control, [first]);
}

/** Indicators whose transitions are taken for a sign of misalignment, and are none without a control. */
const needControl: readonly TransitionIndicator[] = ["rotation", "pcaCorner", "disposition"];

/** Goes on, after the sentence of a transition, with what the controls have of it; empty where that need not be said. */
function againstControls(control: ControlTest | null, found: readonly PhaseTransition[]): string {
  const [first] = found;
  if (first === undefined) return "";
  if (control === null) return needControl.includes(first.indicator) ? ` ${withoutControl}` : "";
  const verdicts = control.verdicts.filter((each) =>
    found.some(
      ({ indicator, adapter, scale }) =>
        each.indicator === indicator && each.adapter === (adapter ?? null) && each.scale === (scale ?? null),
    ),
  );
  const [only] = verdicts;
  if (only === undefined) return "";
  return ` ${verdicts.length === 1 ? controlSentence(only) : controlCounts(verdicts)}`;
}

function gapSentence(analysis: Analysis): string | null {
  const { gaps } = analysis;
  if (gaps.length === 0) return null;
  const shown = gaps.slice(0, 5).map((gap) => gap.step);
  const more = gaps.length > shown.length ? ", …" : "";
  const noun = gaps.length === 1 ? "checkpoint is" : "checkpoints are";
  return `${gaps.length} ${noun} missing or unreadable (step ${shown.join(", ")}${more}); the curves have gaps there.`;
}

/** "at step 70 [65, 74]", and beside a transition of behaviour how long before or after that. */
function when({ analysis, behavior }: Said, transition: PhaseTransition): string {
  const plain = `at step ${transition.step} ${interval(transition.interval)}`;
  const lag = analysis.lags.find((each) => each.from === transition.indicator && each.to === "behavior");
  if (behavior === undefined || lag === undefined) return plain;
  return `${plain}, ${lagWords(lag)}`;
}

function stepRange(transitions: readonly PhaseTransition[]): string {
  const steps = transitions.map((each) => each.step);
  const [low, high] = [Math.min(...steps), Math.max(...steps)];
  return low === high ? String(low) : `${low}–${high}`;
}

/** The first transition of an indicator, at one factor where that is given. */
function transitionOf<Indicator extends TransitionIndicator>(
  { transitions }: Analysis,
  indicator: Indicator,
  scale?: number,
): TransitionWith<Indicator> | undefined {
  return transitions.filter(isOf(indicator)).find((each) => scale === undefined || each.scale === scale);
}

/** The first reason why an indicator has none. */
function absentOf(
  { absent }: Analysis,
  indicator: TransitionIndicator,
  scale?: number,
): AbsentTransition | undefined {
  return absent.find((each) => each.indicator === indicator && (scale === undefined || each.scale === scale));
}
