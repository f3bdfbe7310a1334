import {
  differenceWords,
  interventionSentences,
  interventionVerdictWords,
} from "../../analysis/interventions/interventionWords.js";
import type { ConditionRates, InterventionRow } from "../../analysis/interventions/interventionRows.js";
import type { Rate } from "../../analysis/behavior/rates.js";
import type { LayerLengths } from "../../pipeline/interventions/steerConditions.js";
import { alignedTable, significant, textTable } from "./tables/textTable.js";

/** Interventions as lines for the terminal: what moved, then each condition beside random directions. */
export function interventionText(
  rows: readonly InterventionRow[],
  {
    lengths = [],
    kind,
  }: { readonly lengths?: readonly LayerLengths[] | undefined; readonly kind?: unknown } = {},
): string {
  const hasLambda = rows.some(({ condition }) => condition.lambda !== null);
  const isCutting = kind === "patch";
  const hasNarrow = rows.some(({ rates }) => rates.narrowEm !== null);
  const head = [
    "condition",
    ...(hasLambda ? ["λ"] : []),
    "n",
    "EM %",
    "coherent %",
    "refusals %",
    "broken %",
    ...(isCutting ? ["cut %"] : []),
    ...(hasNarrow ? ["narrow EM %"] : []),
    "− untouched",
    "− random",
    "verdict",
  ];
  const cells = (
    name: string,
    lambda: number | null,
    rates: ConditionRates,
    more: readonly string[],
  ): string[] => [
    name,
    ...(hasLambda ? [lambda === null ? "" : significant(lambda)] : []),
    String(rates.em.n === 0 ? rates.answers : rates.em.n),
    rateWords(rates.em),
    rateWords(rates.coherent),
    shareWords(rates.refusals),
    shareWords(rates.broken),
    ...(isCutting ? [shareWords(rates.cut)] : []),
    ...(hasNarrow ? [rates.narrowEm === null ? "–" : shareWords(rates.narrowEm)] : []),
    ...more,
  ];
  const table = rows.flatMap(({ condition, rates, change, random, beyondRandom, verdict }) => [
    cells(condition.name, condition.lambda, rates, [
      differenceWords(change),
      differenceWords(beyondRandom),
      verdict === null ? "" : interventionVerdictWords[verdict],
    ]),
    ...(random === null
      ? []
      : [
          cells(`  random, ${random.draws.length} drawn`, condition.lambda, random, [
            drawsWords(random.draws),
            "",
            "",
          ]),
        ]),
  ]);
  return [
    ...interventionSentences(rows, kind),
    "",
    ...(lengths.length === 0 ? [] : [lengthsText(lengths), ""]),
    alignedTable([head, ...table]),
    "Rates of broad questions with 95 % Wilson intervals, differences in percent points with 95 % over paired questions; of",
    "random ones, the range of EM between draws. A verdict is about all conditions at once.",
  ].join("\n");
}

/** Lengths by which strengths are measured. */
function lengthsText(lengths: readonly LayerLengths[]): string {
  return textTable([
    ["layer", "residual norm", "‖v‖", "λ at strength 1"],
    ...lengths.map(({ layer, residual, direction }) => [
      String(layer),
      significant(residual),
      significant(direction),
      significant(residual / direction),
    ]),
  ]);
}

function drawsWords(draws: readonly number[]): string {
  const finite = draws.filter(Number.isFinite);
  if (finite.length === 0) return "–";
  return `${Math.min(...finite).toFixed(1)} … ${Math.max(...finite).toFixed(1)} %`;
}

function rateWords({ percent, interval: [low, high] }: Rate): string {
  if (!Number.isFinite(percent)) return "–";
  return `${percent.toFixed(1)} [${low.toFixed(1)}, ${high.toFixed(1)}]`;
}

function shareWords({ percent }: Rate): string {
  return Number.isFinite(percent) ? percent.toFixed(1) : "–";
}
