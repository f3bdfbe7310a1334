import { eventWords } from "../transitions/events.js";
import type { TransitionAgainstControls } from "./controlTest.js";
import type { HeldAgainst, MeasuredShare, SizeKind } from "./heldAgainst.js";
import type { ControlVerdict, SizeEstimate } from "./shareVerdict.js";

/** The three verdicts on a transition that is held against a control, in the words of tables and pages. */
export const controlVerdictWords: Readonly<Record<ControlVerdict, string>> = {
  specific: "specific",
  shared: "shared with the control",
  cannotTell: "cannot be told",
};

/** Said of a turn where no control was given. */
export const withoutControl = "Without a control run this does not say that misalignment did it.";

/** How each kind of size is written, and what of it a run has, before the sizes. */
const kinds: Readonly<
  Record<
    SizeKind,
    { readonly does: string; readonly written: (value: number) => string; readonly unit?: string }
  >
> = {
  bend: { does: "the path bends there by", written: (value) => `${value.toFixed(0)}°` },
  peak: {
    does: "the peak stands out by a factor of",
    written: (value) => Math.exp(value).toFixed(2),
  },
  growth: { does: "the growth is faster there, per step by", written: significant },
  slope: { does: "the slope changes there, per step by", written: significant },
  disposition: {
    does: "prompts move along the direction by",
    written: (value) => (100 * value).toFixed(1),
    unit: " percent of it",
  },
  rise: {
    does: "the rate rises by",
    written: (value) => value.toFixed(1),
    unit: " percentage points",
  },
};

/** A size of a comparison with its interval, such as "54° [52, 55]". */
export function sizeWords({ kind }: MeasuredShare, { value, interval }: SizeEstimate): string {
  const { written } = kinds[kind];
  const bounds = interval.map((bound) => written(bound).replace("°", "").replace("-", "−"));
  return `${written(value).replace("-", "−")} [${bounds.join(", ")}]`;
}

/**
 * Says what the controls have of a transition: one sentence that begins with the verdict and names the control on which it
 * rests.
 */
export function controlSentence({ verdict, against }: TransitionAgainstControls): string {
  const decisive = against.find((each) => each.verdict === verdict);
  if (decisive === undefined) return withoutControl;
  const { control, measured, reason } = decisive;
  const of =
    against.length === 1
      ? `the control${control === "control" ? "" : ` ${control}`}`
      : `${control}, one of ${against.length} controls`;
  const sizes = measured === null ? "" : measuredWords(of, measured);
  if (verdict === "shared")
    return `Shared with the control: ${sizes}. So this does not say that misalignment did it.`;
  if (verdict === "specific") {
    const all = against.length === 1 ? "" : ` So it is against all ${against.length} controls.`;
    return `Specific: ${sizes}.${all}`;
  }
  return `Whether this is specific cannot be told: ${reason}${sizes === "" ? "" : `; ${sizes}`}.`;
}

function measuredWords(control: string, measured: MeasuredShare): string {
  const { kind, k, run, control: other } = measured;
  const window = k === null ? "" : `, over ${k} steps`;
  const { does, unit = "" } = kinds[kind];
  return `${does} ${sizeWords(measured, run)}${unit} in the run and ${sizeWords(measured, other)} in ${control}${window}`;
}

/** Counts the verdicts on one event of several adapters. */
export function controlCounts(verdicts: readonly TransitionAgainstControls[]): string {
  return `Held against the control: ${countWords(verdicts)}.`;
}

function countWords(verdicts: readonly TransitionAgainstControls[]): string {
  const counts = (["specific", "shared", "cannotTell"] as const).flatMap((verdict) => {
    const count = verdicts.filter((each) => each.verdict === verdict).length;
    return count === 0 ? [] : [`${controlVerdictWords[verdict]} in ${count}`];
  });
  return counts.join(", ");
}

/**
 * Says that one run is the control of another, with the verdict on each transition of that one in the order given; those of one
 * indicator in several adapters are counted.
 */
export function pairSentence(
  run: string,
  control: string,
  verdicts: readonly TransitionAgainstControls[],
): string {
  const start = `${control} is the control of ${run}`;
  if (verdicts.length === 0)
    return `${start}, of which no transition was found that could be held against it.`;
  const indicators = [...new Set(verdicts.map(({ indicator }) => indicator))];
  const parts = indicators.map((indicator) => {
    const own = verdicts.filter((each) => each.indicator === indicator);
    const [first] = own;
    const words = eventWords(indicator, first?.adapter ?? undefined);
    if (first === undefined || own.length > 1) return `${words}: ${countWords(own)} adapters`;
    const { step, interval, verdict } = first;
    return `${words} at step ${step} [${interval.join(", ")}]: ${controlVerdictWords[verdict]}`;
  });
  return `${start}. Held against it: ${parts.join("; ")}.`;
}

/** Why a verdict is what it is, with what was measured; for tables, without a full stop. */
export function heldAgainstWords({ reason, measured }: HeldAgainst): string {
  if (measured === null) return reason;
  const window = measured.k === null ? "" : `k = ${measured.k}, `;
  return `${reason} (${window}steps ${measured.searched.join("–")})`;
}

function significant(value: number): string {
  return String(Number(value.toPrecision(2)));
}
