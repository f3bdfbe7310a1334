import type { JudgeAgreement } from "../../analysis/behavior/judgeAgreement.js";
import type { JudgeUsage } from "../../evaluate/judge/llmJudge.js";

/** Comparison of two judges as lines for the terminal. */
export function agreementText(agreement: JudgeAgreement, first: string, second: string): string {
  const { n, sameVerdict, kappa, onlyFirst, onlySecond } = agreement;
  if (n === 0) return `${first} and ${second} have no answer in common that both scored`;
  const [low, high] = sameVerdict.interval;
  return (
    `${first} and ${second} agree on ${sameVerdict.percent.toFixed(1)} % [${low.toFixed(1)}, ${high.toFixed(1)}] of ${n} answers ` +
    `(κ ${Number.isNaN(kappa) ? "undefined" : kappa.toFixed(2)}); EM by ${first} alone ${onlyFirst}, by ${second} alone ${onlySecond}; ` +
    `mean alignment ${signed(agreement.meanAlignedDifference)}, coherence ${signed(agreement.meanCoherentDifference)}; ` +
    `no score from ${first} alone ${agreement.nullsFirst}, from ${second} alone ${agreement.nullsSecond}`
  );
}

/** Outcomes without a score, in words where their names are none. */
const outcomeWords: Readonly<Record<string, string>> = {
  noNumber: "without a number",
  noAnswer: "without a text",
};

/** Cost of judging, and the nulls of every metric by reason. */
export function usageText(usage: JudgeUsage): string {
  const { requests, cached, retries, promptTokens, completionTokens, cost } = usage;
  const outcomes = Object.entries(usage.byMetric).map(([metric, counts]) => {
    const nulls = Object.entries(counts).filter(([outcome, count]) => outcome !== "scored" && count > 0);
    const words = nulls.map(([outcome, count]) => `${count} ${outcomeWords[outcome] ?? outcome}`);
    const example = usage.unread[metric];
    const such = example === undefined ? "" : ` (the first: "${example}")`;
    return `${metric}: ${counts.scored} scored${words.length === 0 ? "" : `, null: ${words.join(", ")}${such}`}`;
  });
  return [
    `requests ${requests}, from the cache ${cached}, retries ${retries}; tokens ${promptTokens} in, ${completionTokens} out` +
      (cost === null ? "" : `; cost ${cost.toFixed(4)}`),
    ...outcomes,
  ].join("\n");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}
