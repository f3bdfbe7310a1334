import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";

/** Paragraphs about all runs together: how many turn, where, the rates they end at, and of a run and its control the verdicts. */
export function compareWords(comparison: ServedComparison): HTMLElement[] {
  const { curves, numbers, paired, pending } = comparison;
  const runs = comparison.runs.filter(({ id }) => !pending.includes(id));
  // Logs alone tell nothing of a turn.
  if (runs.length === 0) return [];
  const turn = numbers.find(({ event }) => event === "behavior");
  const misaligned = numbers.find(({ title }) => title === "misaligned at the end");
  const turned = (turn?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  const asked =
    turn?.cells.filter(({ estimate, reason }) => estimate !== null || reason !== null).length ?? 0;
  const behaviour =
    turned.length > 0
      ? `Broad behaviour turns in ${turned.length} of ${runs.length} runs${rangeOf(turned)}.`
      : asked > 0 || misaligned !== undefined
        ? `Broad behaviour turns in none of ${runs.length} runs that can be told.`
        : `No answers were judged in these ${runs.length} runs.`;
  const first = [behaviour, directionWords({ runs, numbers })].join(" ").trim();
  const percents = (misaligned?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  const means = meansOf(curves, turn?.means ?? []);
  return [
    element("p", {}, element("b", {}, first)),
    ...(paired === null ? [] : [element("p", {}, paired)]),
    ...(means.length === 0 ? [] : [element("p", {}, means.join(" "))]),
    ...(percents.length === 0
      ? []
      : [element("p", {}, `At the end ${spanWords(percents)} of answers are misaligned.`)]),
  ];
}

/** From the smallest percentage to the largest; one where both read alike. */
function spanWords(percents: readonly number[]): string {
  const ends = [Math.min(...percents), Math.max(...percents)].map((each) => percentWords(each));
  return [...new Set(ends)].join(" to ");
}

/** Says in how many runs the direction turns, and in how many of those the control's turns likewise; empty without any. */
function directionWords({ runs, numbers }: Pick<ServedComparison, "runs" | "numbers">): string {
  const cells = numbers.find(({ event }) => event === "rotation")?.cells ?? [];
  const turned = cells.filter(({ estimate }) => estimate !== null);
  if (turned.length === 0) return "";
  const held = turned.filter(({ againstControl }) => againstControl !== null);
  const counts = (["specific", "shared", "cannotTell"] as const).flatMap((verdict) => {
    const count = held.filter(({ againstControl }) => againstControl === verdict).length;
    return count === 0 ? [] : [`${verdictWords[verdict]} in ${count}`];
  });
  const against = held.length === 0 ? "" : `; of ${held.length} held against a control: ${counts.join(", ")}`;
  const steps = turned.flatMap(({ estimate }) => estimate?.value ?? []);
  return `The direction turns in ${turned.length} of ${runs.length} runs${rangeOf(steps)}${against}.`;
}

const verdictWords = {
  specific: "specific to the run",
  shared: "shared with the control",
  cannotTell: "cannot be told",
} as const;

function rangeOf(steps: readonly number[]): string {
  const [low, high] = [Math.min(...steps), Math.max(...steps)];
  return low === high ? `, at step ${low}` : `, between steps ${low} and ${high}`;
}

/**
 * Sentences for every curve that is a mean, such as "bad-sport · crisp · rank 1: mean 49.3 [25.9, 72.7], n = 3." for
 * every curve that is a mean.
 */
function meansOf(
  curves: ServedComparison["curves"],
  means: ServedComparison["numbers"][number]["means"],
): string[] {
  return curves.flatMap(({ name }, index) => {
    const mean = means[index] ?? null;
    if (mean === null) return [];
    const interval = mean.low === null || mean.high === null ? "" : ` ${intervalWords(mean.low, mean.high)}`;
    return [`${name}: mean turn at step ${mean.value.toFixed(1)}${interval}, n = ${mean.n}.`];
  });
}
