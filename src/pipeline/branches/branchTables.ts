import { branchEstimate, branchUnit, type BranchEstimate } from "../../analysis/branches/branchEstimate.js";
import { unchanged, type BranchRecord } from "../../analysis/branches/branchRecord.js";
import {
  pointOfNoReturn,
  pointWords,
  type PointOfNoReturn,
} from "../../analysis/branches/pointOfNoReturn.js";

/** What a study of branches says, in tables and sentences. */
export interface BranchTables {
  /** Head and rows: intervention, step, EM, narrow EM, coherent, EM less half of the unchanged branches'. */
  readonly rows: readonly (readonly string[])[];
  /** The point of no return of each intervention. */
  readonly points: readonly PointOfNoReturn[];
  /** What holds for all, one sentence each. */
  readonly sentences: readonly string[];
}

/** Puts a study of branches in tables. */
export function branchTables(record: BranchRecord): BranchTables {
  const points = record.interventions
    .filter(({ name }) => name !== unchanged)
    .map(({ name }) => pointOfNoReturn(record, name));
  const rows = record.interventions.flatMap(({ name }) => {
    const froms = [
      ...new Set(record.branches.filter((each) => each.intervention === name).map(({ from }) => from)),
    ].sort((one, other) => one - other);
    // Without a change and in the run's own order, all steps lead to the same end.
    const isOneEnd = name === unchanged && record.branches.every(({ order }) => order === 0);
    return (isOneEnd ? froms.slice(0, 1) : froms).map((from) => {
      const verdict = points
        .find(({ intervention }) => intervention === name)
        ?.steps.find((each) => each.from === from);
      return [
        name,
        isOneEnd ? "any" : `${from}`,
        estimateText(branchEstimate(record, "em", name, from)),
        estimateText(branchEstimate(record, "narrow", name, from)),
        estimateText(branchEstimate(record, "coherent", name, from)),
        verdict === undefined ? "" : `${estimateText(verdict.excess)} ${stopWords[verdict.stops]}`,
        `${branchEstimate(record, "em", name, from).n}`,
      ];
    });
  });
  const head = ["with", "from", "EM %", "EM % in domain", "coherent %", "EM − ½ unchanged", "n"];
  return { rows: [head, ...rows], points, sentences: sentencesOf(record, points) };
}

const stopWords = { yes: "stops", no: "does not", unclear: "unclear" } as const;

function estimateText({ value, interval: [low, high] }: BranchEstimate): string {
  const text = (number: number): string =>
    Number.isFinite(number) ? number.toFixed(1).replace("-", "−") : "–";
  return `${text(value)} [${text(low)}, ${text(high)}]`;
}

function sentencesOf(record: BranchRecord, points: readonly PointOfNoReturn[]): string[] {
  const { runs } = record;
  const repeated = runs.filter(({ repeat }) => repeat !== null);
  const equal = repeated.filter(({ repeat }) => repeat?.isEqual === true);
  return [
    `Intervals are 95 %, ${unitWords(record)}.`,
    repeated.length === 0
      ? "No run was trained again without a change."
      : `Trained again without a change from step ${repeated[0]?.repeat?.from ?? NaN}, ${equal.length} of ${repeated.length} runs end with the same bytes.`,
    ...runs.map(({ name, transition }) =>
      transition === null
        ? `${name}: no turn of the direction to be told.`
        : `${name}: the direction turns at step ${transition.step} [${transition.interval.map((bound) => Number(bound.toFixed(1))).join(", ")}].`,
    ),
    ...points.map((point) => `${point.intervention}: ${pointWords(point)}.`),
  ];
}

/** What the intervals are over, in words. */
export function unitWords(record: BranchRecord): string {
  const { runs } = record;
  switch (branchUnit(record)) {
    case "runs":
      return `t over ${runs.length} runs; Wilson's over their questions where all are alike`;
    case "orders":
      return "t over orders of the data of one run, which say nothing of other first adapters";
    case "questions":
      return "resampling whole questions of one run, which says nothing of another training";
  }
}

/** Puts a study of branches into Markdown: sentences, then the table. */
export function branchMarkdown(title: string, record: BranchRecord): string {
  const { rows, sentences } = branchTables(record);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [head = [], ...body] = rows;
  const words = record.interventions
    .filter(({ name }) => name !== unchanged)
    .map(({ name, words: said }) => `\`${name}\`: ${said}`);
  return [
    `### ${title}`,
    "",
    `${words.join("; ")}.`,
    "",
    ...sentences.map((sentence) => `- ${sentence}`),
    "",
    line(head),
    line(head.map(() => "---")),
    ...body.map(line),
  ].join("\n");
}
