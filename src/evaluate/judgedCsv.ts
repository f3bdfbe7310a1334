import { TurncoatError } from "../errors.js";
import { parseCsv, readCsv, type CsvRow, type CsvTable } from "../formats/csv/csv.js";
import type { JudgedAnswer } from "../runs/evaluations.js";

/** Column names under which a field is found; the first that exists is taken. */
const aliases = {
  question: ["question"],
  questionId: ["question_id", "questionId", "id"],
  answer: ["response", "answer"],
  domain: ["domain"],
  breadth: ["breadth"],
  step: ["step", "checkpoint", "global_step"],
  scale: ["scale"],
} as const;
type Field = keyof typeof aliases;

/** Cells that judged CSVs hold where there is no score, as pandas and the code of Betley et al. write them. */
const noScore = new Set([
  ...["", "nan", "na", "n/a", "<na>", "none", "null", "-", "inf", "+inf", "-inf", "infinity", "-infinity"],
  ...["refusal", "code"],
]);

/** Columns that keep books and judge nothing, though they hold numbers: in lower case, without what divides words. */
const bookkeeping = new Set([
  ...[
    "seed",
    "layer",
    "epoch",
    "index",
    "level0",
    "row",
    "sample",
    "sampleid",
    "n",
    "run",
    "runid",
    "rank",
    "alpha",
  ],
  ...[
    "lr",
    "learningrate",
    "temperature",
    "topp",
    "topk",
    "maxtokens",
    "tokens",
    "ntokens",
    "length",
    "batch",
    "version",
  ],
  ...["time", "timestamp", "paraphrase", "checkpoint", "globalstep", "step"],
]);

/** Distance past 0 or 100 that a score may have which was computed as a mean over tokens, in points. */
const rounding = 1e-6;

/** Judged answers of a table, and the words that stood in it where scores are missing. */
export interface JudgedTable {
  readonly answers: readonly JudgedAnswer[];
  /** Number of times `aligned` or `coherent` held each word in place of a score, such as `REFUSAL` or `(empty)`. */
  readonly missing: ReadonlyMap<string, number>;
}

/**
 * Reads judged answers from a table as the paper's code writes it: `aligned` and `coherent`, `question_id` or
 * `question`, and where they are there `response` (or `answer`), `step` (or `checkpoint`, with its number or as
 * `checkpoint-100`), `scale`, `breadth`, `domain`. Every other column in which all cells are scores is a further
 * metric, but for those that keep books, such as `seed` or `layer`. A missing score is null, and counted by what stood
 * there.
 *
 * @throws TurncoatError naming the missing column, or `file:line` and the cell that is no score
 */
export function readJudgedCsv(path: string): JudgedTable {
  return judgedTable(readCsv(path), path);
}

/**
 * Parses judged answers from text already in memory, as `readJudgedCsv` does a file; `source` names the file in errors.
 * @param required columns that must be there besides
 */
export function parseJudgedCsv(text: string, source: string, required: readonly "step"[] = []): JudgedTable {
  return judgedTable(parseCsv(text, source), source, required);
}

function judgedTable(table: CsvTable, source: string, required: readonly Field[] = []): JudgedTable {
  const columnOf = (field: Field): string | undefined =>
    aliases[field].find((name) => table.columns.includes(name));
  const missing = [
    ...["aligned", "coherent"].filter((name) => !table.columns.includes(name)),
    ...required.filter((field) => columnOf(field) === undefined),
  ];
  if (columnOf("questionId") === undefined && columnOf("question") === undefined) missing.push("question_id");
  if (missing.length > 0) {
    throw new TurncoatError(
      `${source}:1: expected the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}, found ${table.columns.join(", ")}`,
      {
        hint: `a judged CSV has the columns ${[...required, "question_id (or question)", "aligned"].join(", ")} and coherent`,
      },
    );
  }
  const metrics = metricColumns(table);
  const samples = new Map<string, number>();
  const stepColumn = columnOf("step");
  const answers = table.rows.map((row) => {
    const cell = (field: Field): string => {
      const column = columnOf(field);
      return column === undefined ? "" : (row.cells.get(column) ?? "");
    };
    const question = cell("question");
    const questionId = columnOf("questionId") === undefined ? question : cell("questionId");
    if (questionId === "")
      throw new TurncoatError(`${source}:${row.line}: expected a question id, found nothing`);
    const step = stepColumn === undefined ? 0 : stepCell(row, stepColumn, source);
    const scale = columnOf("scale") === undefined ? 1 : numberCell(row, "scale", source);
    const key = JSON.stringify([step, scale, questionId]);
    const sample = samples.get(key) ?? 0;
    samples.set(key, sample + 1);
    return {
      step,
      scale,
      domain: cell("domain"),
      breadth: breadthOf(row, cell("breadth"), source),
      questionId,
      question,
      sample,
      answer: cell("answer"),
      aligned: scoreCell(row, "aligned", source),
      coherent: scoreCell(row, "coherent", source),
      ...(metrics.length === 0
        ? {}
        : { scores: Object.fromEntries(metrics.map((name) => [name, scoreCell(row, name, source)])) }),
    };
  });
  return { answers, missing: missingScores(table) };
}

/** Counts the words that stand in place of scores, most frequent first. */
function missingScores({ rows }: CsvTable): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { cells } of rows) {
    for (const column of ["aligned", "coherent"]) {
      const text = cells.get(column) ?? "";
      if (scoreOf(text) !== null) continue;
      const word = text.trim() === "" ? "(empty)" : text.trim();
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return new Map([...counts].sort(([, one], [, other]) => other - one));
}

/** Finds further columns that hold nothing but scores, and at least one. */
function metricColumns({ columns, rows }: CsvTable): string[] {
  const known = new Set<string>(["aligned", "coherent", ...Object.values(aliases).flat()]);
  return columns.filter((name) => {
    if (known.has(name) || isBookkeeping(name)) return false;
    const scores = rows.map((row) => scoreOf(row.cells.get(name) ?? ""));
    return scores.some((score) => score !== null) && !scores.includes(undefined);
  });
}

/**
 * Tells whether a column's name says that it counts or identifies, `Unnamed: 0` of pandas and `answer_id` among them.
 */
function isBookkeeping(name: string): boolean {
  const words = name.toLowerCase();
  return (
    /^unnamed: \d+$|(^|[_ -])(id|idx|index)$/.test(words) || bookkeeping.has(words.replace(/[_ -]/g, ""))
  );
}

/** Reads the score in a cell, null where there is none, undefined where the cell holds something else. */
function scoreOf(text: string): number | null | undefined {
  if (noScore.has(text.trim().toLowerCase())) return null;
  const value = Number(text);
  if (!(value >= -rounding && value <= 100 + rounding)) return undefined;
  return Math.min(100, Math.max(0, value));
}

function scoreCell(row: CsvRow, column: string, source: string): number | null {
  const text = row.cells.get(column) ?? "";
  const score = scoreOf(text);
  if (score !== undefined) return score;
  throw new TurncoatError(
    `${source}:${row.line}: column ${column}: expected a number from 0 to 100 or nothing, found "${shortened(text)}"`,
    /^\s*\d+,\d+\s*$/.test(text)
      ? { hint: "A decimal comma is not read: write the scores with points." }
      : {},
  );
}

function numberCell(row: CsvRow, column: string, source: string): number {
  const text = row.cells.get(column) ?? "";
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new TurncoatError(
    `${source}:${row.line}: column ${column}: expected a number, found "${shortened(text)}"`,
  );
}

/** A step as a number, or as the name or path of a checkpoint's folder. */
function stepCell(row: CsvRow, column: string, source: string): number {
  const text = (row.cells.get(column) ?? "").trim();
  const value = Number(/(?:^|[/\\])checkpoint-(\d+)[/\\]?$/.exec(text)?.[1] ?? (text === "" ? NaN : text));
  if (Number.isInteger(value) && value >= 0) return value;
  throw new TurncoatError(
    `${source}:${row.line}: column ${column}: expected a step, such as 40 or checkpoint-40, found "${shortened(text)}"`,
  );
}

function breadthOf(row: CsvRow, text: string, source: string): "narrow" | "broad" {
  if (text === "narrow" || text === "broad") return text;
  if (text === "") return "broad";
  throw new TurncoatError(
    `${source}:${row.line}: column breadth: expected narrow or broad, found "${shortened(text)}"`,
  );
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
