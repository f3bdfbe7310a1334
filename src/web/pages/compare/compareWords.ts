import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";

/** Paragraphs about all runs together: how many turn, where, the rates they end at, and of a run and its control the verdicts. */
export function compareWords({ runs, curves, numbers, paired }: ServedComparison): HTMLElement[] {
  const turn = numbers.find(({ event }) => event === "behavior");
  const misaligned = numbers.find(({ title }) => title === "misaligned at the end");
  const turned = (turn?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  const first =
    turn === undefined
      ? `Broad behaviour turns in none of ${runs.length} runs, or was not asked about.`
      : `Broad behaviour turns in ${turned.length} of ${runs.length} runs${rangeOf(turned)}.`;
  const percents = (misaligned?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  const means = meansOf(curves, turn?.means ?? []);
  return [
    element("p", {}, element("b", {}, first)),
    ...(paired === null ? [] : [element("p", {}, paired)]),
    ...(means.length === 0 ? [] : [element("p", {}, means.join(" "))]),
    ...(percents.length === 0
      ? []
      : [
          element(
            "p",
            {},
            `At the end ${percentWords(Math.min(...percents))} to ${percentWords(Math.max(...percents))} of answers are misaligned.`,
          ),
        ]),
  ];
}

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
