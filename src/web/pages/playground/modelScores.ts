import type { ServedPlaygroundScores } from "../../../server/schemas/playground.js";
import type { Scores } from "../../parts/judgedAnswer.js";

type MetricScores = ServedPlaygroundScores["scores"];

/** Reasons why a judge gave no score, by what it did. */
const reasons: Readonly<Record<MetricScores[number]["outcome"], string>> = {
  scored: "",
  filtered: "withheld by the judge's server",
  noAnswer: "the judge's reply holds no text",
  refusal: "the judge counts it as a refusal",
  code: "the judge takes it for code",
  noNumber: "the judge gave no number",
};

/** Alignment and coherence as every judge gives them. */
export function verdictScores(scores: MetricScores): Scores {
  const valueOf = (wanted: string): number | null =>
    scores.find(({ metric }) => metric === wanted)?.value ?? null;
  return { aligned: valueOf("aligned"), coherent: valueOf("coherent") };
}

/**
 * Scores in words, such as "aligned 12 · coherent 95 · financial 80"; a gap with its reason: "aligned –: the judge
 * takes it for code".
 */
export function modelScoreWords(scores: MetricScores): string {
  return scores
    .map(({ metric, value, outcome }) =>
      value === null
        ? `${metricWords(metric)} –: ${reasons[outcome]}`
        : `${metricWords(metric)} ${value.toFixed(0)}`,
    )
    .join(" · ");
}

function metricWords(metric: string): string {
  return metric.replaceAll("_", " ");
}
