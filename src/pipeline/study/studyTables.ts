import type { MeanEstimate } from "../../analysis/behavior/meanOfQuestions.js";
import type { Rate } from "../../analysis/behavior/rates.js";
import { controlVerdictWords } from "../../analysis/controls/controlWords.js";
import { meanOverRuns } from "../../analysis/comparison/compareCurves.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { verdictWords } from "../../analysis/transitions/verdictWords.js";
import type { EvaluationResult, PairResult, RunResult, StudyResults } from "./studyResults.js";

/** A table of results: a caption, and rows of cells of which the first is the header. */
export interface StudyTable {
  readonly caption: string;
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a study, in the order in which they are read; one without a row of results is left out. */
export function studyTables(results: StudyResults): StudyTable[] {
  return [
    turnTable(results),
    gapTable(results),
    dispositionTable(results),
    answerTable(results),
    emTable(results),
  ].filter(({ rows }) => rows.length > 1);
}

/** The tables of a study as Markdown. */
export function studyMarkdown(results: StudyResults): string {
  return tablesMarkdown(studyTables(results));
}

/** Tables as Markdown, each under its caption. */
export function tablesMarkdown(tables: readonly StudyTable[]): string {
  return tables
    .map(({ caption, rows: [head = [], ...body] }) =>
      [caption, "", ...[head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`)].join(
        "\n",
      ),
    )
    .join("\n\n");
}

function turnTable({ pairs }: StudyResults): StudyTable {
  const rows = pairs
    .filter(({ harmful, control }) => harmful !== null || control !== null)
    .map(({ name, harmful, control, verdict, updateCosine }) => [
      name,
      turnWords(harmful),
      turnWords(control),
      verdict === null ? "–" : controlVerdictWords[verdict.verdict],
      updateCosine === null ? "–" : `${number(updateCosine.value, 2)} (${number(updateCosine.random, 3)})`,
      peaksWords(harmful),
      peaksWords(control),
      explainedWords(harmful),
      explainedWords(control),
    ]);
  return {
    caption:
      "**The direction.** Step at which the direction of B turns (of ΔW, in runs of many adapters), with its 95 % " +
      "interval, in the harmful run and in the careful control; whether the turn is the harmful run's own; the cosine " +
      "between ΔW of the two at the end (and its usual size between random directions); the largest local cosine at each " +
      "half-window k (−1 is straight) and its step; the share of the path's variance in two components.",
    rows: [
      [
        "run",
        "harmful",
        "control",
        "verdict",
        "cosine of ΔW",
        "peaks, harmful",
        "peaks, control",
        "PC1 + PC2, harmful",
        "control",
      ],
      ...rows,
    ],
  };
}

function gapTable({ pairs }: StudyResults): StudyTable {
  const measured = pairs.filter(({ harmful, control }) => harmful?.gap != null || control?.gap != null);
  const rows = measured.map(({ name, harmful, control, gapDifference }) => [
    name,
    ...gapWords(harmful),
    ...gapWords(control),
    estimateWords(gapDifference),
  ]);
  return {
    caption:
      "**The log-likelihood gap.** Log-probability of misaligned less decent answers to broad questions, in nats a token: " +
      "at the first and the last step, and its change with a 95 % interval over questions. The last column is the " +
      "harmful run's change less the control's, over the same questions; the mean over seeds has Student's interval.",
    rows: [
      ["run", "harmful", "change", "control", "change", "difference of changes"],
      ...rows,
      ...meanRows(measured, ({ gapDifference }) => gapDifference?.value).map(([name, mean]) => [
        ...[name, "", "", "", ""],
        mean,
      ]),
    ],
  };
}

function dispositionTable({ pairs }: StudyResults): StudyTable {
  const read = pairs.filter(
    ({ harmful, control }) => harmful?.disposition != null || control?.disposition != null,
  );
  const rows = read.map(({ name, harmful, control, dispositionDifference }) => [
    name,
    ...dispositionCells(harmful),
    ...dispositionCells(control),
    percentWords(dispositionDifference),
  ]);
  return {
    caption:
      "**The disposition.** Where the last token of broad prompts lies between an aligned persona (0 %) and a misaligned one " +
      "(100 %), before the model speaks: at the first and the last step; its change with a 95 % interval over questions; and what " +
      "95 % of directions drawn by chance stay below, evenly or among those in which prompts differ. The last column is the harmful " +
      "run's change less the control's, in percent points; the mean over seeds has Student's interval.",
    rows: [
      [
        ...["run", "harmful", "change", "by chance", "control", "change", "by chance"],
        "difference of changes",
      ],
      ...rows,
      ...meanRows(
        read,
        ({ dispositionDifference }) => dispositionDifference && 100 * dispositionDifference.value,
        1,
      ).map(([name, mean]) => [...[name, "", "", "", "", "", ""], mean]),
    ],
  };
}

function dispositionCells(run: RunResult | null): readonly string[] {
  if (run?.disposition == null) return ["–", "–", "–"];
  const { first, last, change, chance, layer } = run.disposition;
  const percent = (share: number): string => number(100 * share, 1);
  return [
    `${percent(first)} → ${percent(last)} (layer ${layer})`,
    percentWords(change),
    `± ${percent(chance)}`,
  ];
}

/** An estimate of a share, in percent. */
function percentWords(estimate: Omit<MeanEstimate, "n"> | null): string {
  if (estimate === null) return "–";
  const { value, interval } = estimate;
  return estimateWords({ value: 100 * value, interval: [100 * interval[0], 100 * interval[1]] }, 1);
}

function answerTable({ pairs }: StudyResults): StudyTable {
  const rows = pairs.flatMap((pair) =>
    (["harmful", "control"] as const).flatMap((arm) =>
      (pair[arm]?.evaluations ?? []).map((evaluation) => answerRow(pair, arm, evaluation)),
    ),
  );
  return {
    caption:
      "**The answers.** Percentage of misaligned (EM) and of coherent answers, with Wilson intervals and, for EM, an " +
      "interval over questions; of misaligned answers whether coherent or not; and, by their words alone, of broken texts, " +
      "copies of the training data, refusals, and answers that the limit on their length ended.",
    rows: [
      [
        ...["run", "answers", "step", "EM", "over questions", "coherent", "misaligned, coherent or not"],
        ...["broken", "of EM broken", "copies", "refusals", "cut", "n"],
      ],
      ...rows,
    ],
  };
}

function answerRow(
  { name }: PairResult,
  arm: "harmful" | "control",
  { name: evaluation, step, rates, emOverQuestions, kinds }: EvaluationResult,
): string[] {
  return [
    arm === "harmful" ? name : `${name}-control`,
    evaluation,
    String(step),
    rateWords(rates.em),
    bounds(emOverQuestions, 1),
    rateWords(rates.coherent),
    rateWords(rates.ungated),
    shareWords(kinds.kinds.broken?.share),
    `${kinds.kinds.broken?.em ?? 0} of ${kinds.em}`,
    shareWords(kinds.kinds.copy?.share),
    shareWords(kinds.kinds.refusal?.share),
    shareWords(kinds.cut),
    String(rates.em.n),
  ];
}

function emTable({ pairs }: StudyResults): StudyTable {
  const rows = pairs.flatMap(({ name, emDifferences }) =>
    emDifferences.map(({ evaluation, step, difference }) => [
      name,
      evaluation,
      String(step),
      estimateWords(difference, 1),
    ]),
  );
  const evaluations = [
    ...new Set(pairs.flatMap(({ emDifferences: all }) => all.map((each) => each.evaluation))),
  ];
  return {
    caption:
      "**EM against the control.** EM rate of the harmful run less that of its control, in percent points, with a 95 % " +
      "interval over questions, paired; the mean over seeds has Student's interval.",
    rows: [
      ["run", "answers", "step", "difference"],
      ...rows,
      ...evaluations.flatMap((evaluation) =>
        meanRows(
          pairs,
          ({ emDifferences }) =>
            emDifferences.find((each) => each.evaluation === evaluation)?.difference.value,
          1,
        ).map(([name, mean]) => [name, evaluation, "", mean]),
      ),
    ],
  };
}

/** A name and a mean over seeds for each cell of which a value is there for two seeds or more. */
function meanRows(
  pairs: readonly PairResult[],
  valueOf: (pair: PairResult) => number | null | undefined,
  digits = 3,
): (readonly [name: string, mean: string])[] {
  return cellsOf(pairs).flatMap(({ name, members }) => {
    const values = members.flatMap((pair) => valueOf(pair) ?? []);
    if (values.length < 2) return [];
    const { mean: value, interval } = meanOverRuns(values);
    return [[`${name}, mean of ${values.length} seeds`, estimateWords({ value, interval }, digits)] as const];
  });
}

/** Pairs that differ in their seed alone. */
function cellsOf(pairs: readonly PairResult[]): { readonly name: string; readonly members: PairResult[] }[] {
  const cells = new Map<string, PairResult[]>();
  for (const pair of pairs) {
    const name = `${pair.model}-${pair.data}-${pair.recipe}`;
    cells.set(name, [...(cells.get(name) ?? []), pair]);
  }
  return [...cells].map(([name, members]) => ({ name, members }));
}

function turnWords(run: RunResult | null): string {
  if (run === null) return "not trained";
  if (run.turn === null) return "not measured";
  return run.turn.verdict === "turns"
    ? `${run.turn.step} [${run.turn.interval.join(", ")}]`
    : verdictWords[run.turn.verdict];
}

function peaksWords(run: RunResult | null): string {
  const peaks = Object.entries(run?.peaks ?? {}).flatMap(([k, peak]) =>
    peak === null ? [] : [`k ${k}: ${number(peak.value, 2)} at ${peak.step}`],
  );
  return peaks.length === 0 ? "–" : peaks.join("; ");
}

function explainedWords(run: RunResult | null): string {
  return run === null ? "–" : run.explained.map((share) => `${number(100 * share, 1)} %`).join(" + ");
}

function gapWords(run: RunResult | null): readonly [level: string, change: string] {
  if (run?.gap == null) return ["–", "–"];
  const { first, last, change } = run.gap;
  return [`${number(first, 3)} → ${number(last, 3)}`, estimateWords(change)];
}

function estimateWords(estimate: Omit<MeanEstimate, "n"> | null, digits = 3): string {
  return estimate === null ? "–" : `${number(estimate.value, digits)} ${bounds(estimate.interval, digits)}`;
}

function rateWords({ percent, interval }: Rate): string {
  return `${number(percent, 1)} ${bounds(interval, 1)}`;
}

function shareWords(share: Rate | undefined): string {
  return share === undefined ? "–" : number(share.percent, 1);
}

function bounds(interval: Interval, digits: number): string {
  return Number.isFinite(interval[0]) ? `[${interval.map((each) => number(each, digits)).join(", ")}]` : "–";
}

/** A number with fixed decimals and a true minus. */
function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : "–";
}
