import type { Analysis } from "../../../analysis/analysisRecord.js";
import { usualBehavior, type BehaviorCurve } from "../../../analysis/behavior/behaviorCurve.js";
import type { Rate } from "../../../analysis/behavior/rates.js";
import { withoutControl } from "../../../analysis/controls/controlWords.js";
import type { ControlVerdict } from "../../../analysis/controls/shareVerdict.js";
import type { PhaseTransition, TransitionWith } from "../../../analysis/transitions/detectors.js";
import { isOf } from "../../../analysis/transitions/events.js";
import { sensitivityWords } from "../../../analysis/transitions/verdictWords.js";
import { atScale } from "../../../analysis/usualTransitions.js";
import { stepsWords } from "./lagWords.js";
import { interval, percent } from "./sentenceNumbers.js";
import { spelledOut } from "./spelledOut.js";

/** Rates of another run that a run's are told beside. */
export interface ComparedRates {
  readonly em: Rate;
  readonly step: number;
}

/** What a headline says, and whose rates stand beside the run's. */
interface Told {
  /** Event of the headline; undefined where there is none. */
  readonly lead: PhaseTransition | undefined;
  /** Verdict of the control on it; null where there is no control. */
  readonly held: ControlVerdict | null;
  /** Null where none is known. */
  readonly compared: ComparedRates | null;
}

/**
 * Gives the numbers that a headline rests on, in one line: rates with their intervals and counts, else the size of the event that
 * leads; and what they do not say.
 */
export function evidenceOf(analysis: Analysis, { lead, held, compared }: Told): string {
  const broad = usualBehavior(analysis.behavior)?.broad;
  const isJudged = broad !== undefined && broad.steps.length > 0;
  const where = analysis.behavior === null ? "" : "outside the fine-tuning data ";
  const parts = [
    isJudged ? ratesWords(broad, lead, compared) : sizeWords(lead),
    isJudged ? missingWords(analysis) : null,
    limitWords(lead, held),
    isJudged ? null : `No answers ${where}were judged: nothing is said of EM.`,
  ];
  const [line = ""] = spelledOut([parts.filter((part) => part !== null).join(" ")]);
  return line;
}

/** Says what an event of the mechanism does not say by itself; null where it is specific, or of behaviour. */
function limitWords(lead: PhaseTransition | undefined, held: ControlVerdict | null): string | null {
  if (lead === undefined || isOf("behavior")(lead) || held === "specific") return null;
  if (held === "shared") return "What the control shares is no sign of misalignment.";
  return held === null ? withoutControl : null;
}

function ratesWords(
  { steps, n, emPercent, emInterval, coherentPercent, domains }: BehaviorCurve,
  lead: PhaseTransition | undefined,
  compared: ComparedRates | null,
): string {
  const last = steps.length - 1;
  const rateAt = (index: number): string =>
    `${percent(emPercent[index] ?? NaN)} ${interval(emInterval[index])}`;
  const unseen = domains.length === 1 ? "1 unseen domain" : `${domains.length} unseen domains`;
  const isTurn = lead !== undefined && isOf("behavior")(lead);
  const others = [
    ...(isTurn || last === 0 ? [] : [`step ${steps[0] ?? NaN}: ${rateAt(0)}`]),
    ...(compared === null
      ? []
      : [`aligned control: ${percent(compared.em.percent)} ${interval(compared.em.interval)}`]),
  ];
  const at = `step ${steps[last] ?? NaN}`;
  const subject = isTurn ? `${riseWords(lead.evidence)}; at ${at} it is` : `At ${at} EM is`;
  return (
    `${subject} ${rateAt(last)} of ${n[last] ?? NaN} answers on ${unseen}` +
    `${others.length === 0 ? "" : ` (${others.join(", ")})`}, ${percent(coherentPercent[last] ?? NaN)} coherent.`
  );
}

function riseWords({ floor, plateau, width }: TransitionWith<"behavior">["evidence"]): string {
  return `EM rises from ${percent(floor)} to ${percent(plateau)} within ${stepsWords(Math.max(1, Math.round(width)))}`;
}

/** Says what to do to tell whether behaviour turns, or how large a rise would have been found; null where it turns. */
function missingWords({ absent, behavior }: Analysis): string | null {
  const found = atScale(absent, behavior?.usualScale).find(({ indicator }) => indicator === "behavior");
  if (found === undefined) return null;
  if (found.verdict === "cannotTell") return `To tell, ${found.remedy}.`;
  return `With so many answers ${sensitivityWords(found.sensitivity)}.`;
}

/** Size of an event that leads; null where its step says enough. */
function sizeWords(lead: PhaseTransition | undefined): string | null {
  if (lead === undefined) return null;
  if (isOf("rotation")(lead)) return `It turns by ${lead.evidence.bendDegrees.toFixed(0)}°.`;
  if (isOf("gradientNorm")(lead))
    return `The peak is ${(lead.evidence.value / lead.evidence.finalLevel).toFixed(1)} times the final level.`;
  if (isOf("pcaCorner")(lead)) return `The corner is of ${lead.prominence.toFixed(0)}°.`;
  return null;
}
