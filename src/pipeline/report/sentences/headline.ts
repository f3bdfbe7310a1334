import { trainedWord } from "../../../figures/run/chooseAdapter.js";
import type { Analysis } from "../../../analysis/analysisRecord.js";
import type { ControlTest } from "../../../analysis/controls/controlTest.js";
import type { ControlVerdict } from "../../../analysis/controls/shareVerdict.js";
import { groupedDigits } from "../../../analysis/statistics/groupedDigits.js";
import type { TransitionIndicator, TransitionWith } from "../../../analysis/transitions/detectors.js";
import { isOf } from "../../../analysis/transitions/events.js";
import type { Verdict } from "../../../analysis/transitions/verdictWords.js";
import { atScale, usualTransitions } from "../../../analysis/usualTransitions.js";
import { evidenceOf, type ComparedRates } from "./evidence.js";
import { wholeSubject } from "./wholeWords.js";
import { capitalized } from "./spelledOut.js";

/** The most important of a run in two texts that a stranger reads. */
export interface Headline {
  /** One sentence: what turned, when, how sure, and whether the control shares it; or that it cannot be told. */
  readonly headline: string;
  /** Numbers that it rests on, in a line. */
  readonly evidence: string;
}

/**
 * Says the most important of a run in one sentence, with the numbers behind it: the turn of behaviour, and where that does not
 * turn or cannot be told what is known of the direction and the gradient norm. It never says more than the verdicts.
 *
 * @param control the run held against its controls. @default none was given
 * @param compared rates of the aligned control at its last step. @default none is known
 */
export function headlineOf(
  analysis: Analysis,
  control: ControlTest | null = null,
  compared: ComparedRates | null = null,
): Headline {
  const turn = usualTransitions(analysis).find(isOf("behavior"));
  const lead = turn ?? leadOf(analysis);
  const held = lead === undefined ? null : heldOf(analysis, lead, control);
  const asked: Told[] = turn !== undefined ? [] : ["behavior"];
  if (lead === undefined) asked.push("rotation", "gradientNorm");
  const clauses = [
    ...absenceClauses(analysis, asked),
    ...(lead === undefined ? [] : [turnClause(analysis, lead, held)]),
  ];
  const headline =
    clauses.length === 0
      ? "Nothing can be said of this run yet: it has no answers, no directions and no gradient norm"
      : capitalized(clauses.join("; "));
  return {
    headline: groupedDigits(`${headline}.`),
    evidence: groupedDigits(evidenceOf(analysis, { lead, held, compared })),
  };
}

/** Events that a headline may lead with where behaviour has none, the most telling first. */
const leading = [
  "rotation",
  "gradientNorm",
  "disposition",
  "pcaCorner",
  "compBend",
] as const satisfies readonly TransitionIndicator[];

/** Event that a headline leads with. */
type Lead = TransitionWith<Told>;

function leadOf(analysis: Analysis): Lead | undefined {
  const usual = usualTransitions(analysis);
  for (const indicator of leading) {
    const found = usual.find(isOf(indicator));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Clauses that say that an event happens, and that it does not. */
interface Clauses {
  readonly turns: string;
  readonly not: string;
}

type Told = "behavior" | (typeof leading)[number];

function clausesOf(analysis: Analysis, indicator: Told): Clauses {
  const { whole, behavior } = analysis;
  const trained = trainedWord(analysis);
  const direction = whole !== null ? `the ${wholeSubject}` : `the direction of the ${trained}`;
  const path = `the path of ${whole !== null ? "ΔW" : `the ${trained}`}`;
  const scale = behavior?.usualScale ?? 1;
  const answering = scale === 1 ? "behaviour" : `behaviour at ×${scale}`;
  const words: Readonly<Record<Told, Clauses>> = {
    behavior: { turns: `${answering} turns`, not: `${answering} does not turn` },
    rotation: { turns: `${direction} turns`, not: `${direction} makes no sharp turn` },
    gradientNorm: { turns: "the gradient norm peaks", not: "the gradient norm has no peak" },
    disposition: {
      turns: "the disposition, read before the model speaks, turns",
      not: "the disposition, read before the model speaks, does not turn",
    },
    pcaCorner: { turns: `${path} has a corner`, not: `${path} has no corner` },
    compBend: {
      turns: `the likeness of the ${trained}s to their final state bends`,
      not: `the likeness of the ${trained}s to their final state does not bend`,
    },
  };
  return words[indicator];
}

/** Says of an event when it happens, how sure that is, and what the control has of it. */
function turnClause(analysis: Analysis, lead: Lead, held: ControlVerdict | null): string {
  const alike = usualTransitions(analysis).filter(({ indicator }) => indicator === lead.indicator);
  const count = analysis.whole === null ? analysis.adapters.length : 1;
  const { turns } = clausesOf(analysis, lead.indicator);
  const after = held === null ? ", held against no control" : controlClauses[held];
  if (count > 1 && lead.adapter !== undefined) {
    const first = Math.min(...alike.map(({ step }) => step));
    const subject = turns.replace(` of the ${trainedWord(analysis)}`, "");
    return `${subject} in ${alike.length} of ${count} ${trainedWord(analysis)}s, first at step ${first}${after}`;
  }
  const [low, high] = lead.interval;
  const interval = low === high ? String(low) : `${low} to ${high}`;
  return `${turns} at step ${lead.step} (95\u202f% interval ${interval})${after}`;
}

const controlClauses: Readonly<Record<ControlVerdict, string>> = {
  specific: ", specific: the control does not share it",
  shared: ", shared with the control",
  cannotTell: "; whether that is specific cannot be told",
};

/** Verdict of the control on an event, of several adapters where they agree; null where there is none. */
function heldOf(analysis: Analysis, lead: Lead, control: ControlTest | null): ControlVerdict | null {
  const turns = usualTransitions(analysis).filter(({ indicator }) => indicator === lead.indicator);
  const verdicts = (control?.verdicts ?? []).filter((each) =>
    turns.some(
      ({ adapter, scale }) =>
        each.indicator === lead.indicator &&
        each.adapter === (adapter ?? null) &&
        each.scale === (scale ?? null),
    ),
  );
  const [only, ...others] = new Set(verdicts.map(({ verdict }) => verdict));
  if (only === undefined) return null;
  return others.length === 0 ? only : "cannotTell";
}

/** Says which indicators were tested and have no event, and of which it cannot be told; those not measured are left out. */
function absenceClauses(analysis: Analysis, indicators: readonly Told[]): string[] {
  const verdicts = indicators.map((each) => [each, absentVerdict(analysis, each)] as const);
  const untold = verdicts
    .filter(([, verdict]) => verdict === "cannotTell")
    .map(([each]) => `whether ${clausesOf(analysis, each).turns}`);
  const absent = verdicts
    .filter(([, verdict]) => verdict === "doesNotTurn")
    .map(([each]) => clausesOf(analysis, each).not);
  return [...(untold.length === 0 ? [] : [`${untold.join(" and ")} cannot be told`]), ...absent];
}

/** Verdict on an indicator without an event: of several adapters it cannot be told as soon as it cannot of one. */
function absentVerdict(analysis: Analysis, indicator: Told): Exclude<Verdict, "turns"> | null {
  if (indicator === "behavior" && analysis.behavior === null) return null;
  if (indicator === "gradientNorm" && analysis.gradNorm === null) return null;
  if (indicator === "rotation" && analysis.whole === null && analysis.adapters.length === 0) return null;
  const absent = atScale(analysis.absent, analysis.behavior?.usualScale).filter(
    (each) => each.indicator === indicator,
  );
  if (absent.length === 0) return null;
  return absent.some(({ verdict }) => verdict === "cannotTell") ? "cannotTell" : "doesNotTurn";
}
