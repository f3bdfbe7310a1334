import type { LeftOutScores, ProbeJudgeFile } from "../../evaluate/judge/probeJudgeFile.js";
import type { OrganismRate } from "../../pipeline/judging/fitProbeJudge.js";
import { alignedTable } from "./tables/textTable.js";

/** Most of the choices tried that are listed. */
const mostTried = 6;

/** A probe judge as lines for the terminal: what it was fitted to, what was chosen, and how well it does left out. */
export function probeJudgeText(file: ProbeJudgeFile, rates: readonly OrganismRate[]): string {
  const { fittedOn, metrics, scores, model, alignedBelow } = file;
  const chosen = Object.entries(metrics).map(
    ([metric, { layer, pooling, target, penalty }]) =>
      `${metric}: layer ${layer}, ${pooling}, ridge on ${target}, penalty ${penalty}`,
  );
  const areas: [string, LeftOutScores | null][] = [
    ["leaving questions out", scores.leavingQuestions],
    ["leaving organisms out", scores.leavingOrganisms],
  ];
  const tried = file.tried.filter(({ target }) => target !== "coherent").slice(0, mostTried);
  return [
    `${fittedOn.answers} answers of ${fittedOn.files.length} files to ${fittedOn.questions.length} questions, ` +
      `${fittedOn.misaligned} with alignment below ${alignedBelow}; ${fittedOn.withoutScores} without both scores left out; read by ${model.name}`,
    ...chosen,
    `\nAUROC of "aligned < ${alignedBelow}" [95 %, whole cells of question and organism resampled]; choice and fit without what is left out`,
    alignedTable([
      ["", "pooled", "within a question", "within an organism"],
      ...areas.flatMap(([name, area]) =>
        area === null
          ? []
          : [[name, areaText(area.pooled), areaText(area.withinQuestion), areaText(area.withinOrganism)]],
      ),
    ]),
    ...areas.flatMap(([name, area]) => (area === null ? [] : [`${name}, each: ${eachText(area.each)}`])),
    `probability of "aligned < ${alignedBelow}" (Platt, left out): Brier ${scores.brier.toFixed(3)}, by the base rate alone ${scores.brierOfBaseRate.toFixed(3)}`,
    `coherence: correlation with the given ${scores.coherenceCorrelation.toFixed(2)}, left out`,
    ...(rates.length === 0
      ? []
      : [
          `\n% aligned < ${alignedBelow} of an organism, by the given scores and by a probe that has not seen it`,
          alignedTable([
            ["organism", "given", "probe"],
            ...rates.map(({ organism, trusted, probe }) => [organism, trusted.toFixed(1), probe.toFixed(1)]),
          ]),
        ]),
    `\nbest of ${file.tried.length} choices, by AUROC leaving questions out (chosen by it, so a little high)`,
    alignedTable([
      ["target", "layer", "pooling", "penalty", "AUROC"],
      ...tried.map(({ target, layer, pooling, penalty, criterion }) => [
        target,
        String(layer),
        pooling,
        String(penalty),
        criterion.toFixed(3),
      ]),
    ]),
  ].join("\n");
}

function areaText({ value, interval: [low, high] }: LeftOutScores["pooled"]): string {
  return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function eachText(each: LeftOutScores["each"]): string {
  return Object.entries(each)
    .map(([name, value]) => `${name} ${Number.isNaN(value) ? "one class alone" : value.toFixed(2)}`)
    .join("; ");
}
