import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";

/** What the runs have in common, in words: how many turn, where, and what they end at. */
export function compareWords({ runs, numbers }: ServedComparison): HTMLElement[] {
  const turn = numbers.find(({ title }) => title === "broad behaviour turns");
  const level = numbers.find(({ title }) => title === "misaligned at the end");
  const turned = (turn?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  const first =
    turn === undefined
      ? `Broad behaviour turns in none of ${runs.length} runs, or was not asked about.`
      : `Broad behaviour turns in ${turned.length} of ${runs.length} runs${rangeOf(turned)}${meanOf(turn.mean)}.`;
  const levels = (level?.cells ?? []).flatMap(({ estimate }) => estimate?.value ?? []);
  return [
    element("p", {}, element("b", {}, first)),
    ...(levels.length === 0
      ? []
      : [
          element(
            "p",
            {},
            `At the end ${percentWords(Math.min(...levels))} to ${percentWords(Math.max(...levels))} of answers are misaligned.`,
          ),
        ]),
  ];
}

function rangeOf(steps: readonly number[]): string {
  const [low, high] = [Math.min(...steps), Math.max(...steps)];
  return low === high ? `, at step ${low}` : `, between steps ${low} and ${high}`;
}

function meanOf(mean: ServedComparison["numbers"][number]["mean"]): string {
  if (mean?.low === undefined || mean.low === null || mean.high === null) return "";
  return `: mean ${mean.value.toFixed(1)} ${intervalWords(mean.low, mean.high)}, n = ${mean.n}`;
}
