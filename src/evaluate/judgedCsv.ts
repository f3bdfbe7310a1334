import { TurncoatError } from "../errors.js";
import { parseCsv, readCsv, type CsvRow, type CsvTable } from "../formats/csv.js";
import type { JudgedAnswer } from "../runs/evaluations.js";

/** Column names under which a field is found; the first that exists is taken. */
const aliases = {
  question: ["question"],
  questionId: ["question_id", "questionId", "id"],
  answer: ["response", "answer"],
  domain: ["domain"],
  breadth: ["breadth"],
  step: ["step"],
  scale: ["scale"],
} as const;
type Field = keyof typeof aliases;

/** What judged CSVs hold in place of a score where there is none (pandas, Betley et al.'s code). */
const noScore = new Set(["", "nan", "na", "none", "null", "refusal", "code"]);

/**
 * Reads judged answers from a CSV as the paper's code writes it: `aligned` and `coherent`, `question_id` or
 * `question`, and where they are there `response` (or `answer`), `step`, `scale`, `breadth`, `domain`. Every other
 * column in which all cells are scores is a further metric. An empty score is null.
 *
 * @throws TurncoatError naming the missing column, or `file:line` and the cell that is no score
 */
export function readJudgedCsv(path: string): JudgedAnswer[] {
  return judgedAnswers(readCsv(path), path);
}

/**
 * As `readJudgedCsv`, for text already in memory; `source` names the file in errors.
 * @param required columns that must be there besides
 */
export function parseJudgedCsv(
  text: string,
  source: string,
  required: readonly "step"[] = [],
): JudgedAnswer[] {
  return judgedAnswers(parseCsv(text, source), source, required);
}

function judgedAnswers(table: CsvTable, source: string, required: readonly string[] = []): JudgedAnswer[] {
  const columnOf = (field: Field): string | undefined =>
    aliases[field].find((name) => table.columns.includes(name));
  const missing = ["aligned", "coherent", ...required].filter((name) => !table.columns.includes(name));
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
  return table.rows.map((row) => {
    const cell = (field: Field): string => row.cells.get(columnOf(field) ?? "") ?? "";
    const question = cell("question");
    const questionId = columnOf("questionId") === undefined ? question : cell("questionId");
    if (questionId === "")
      throw new TurncoatError(`${source}:${row.line}: expected a question id, found nothing`);
    const step = columnOf("step") === undefined ? 0 : wholeCell(row, "step", source);
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
}

/** Further columns that hold nothing but scores, and at least one. */
function metricColumns({ columns, rows }: CsvTable): string[] {
  const known = new Set<string>(["aligned", "coherent", ...Object.values(aliases).flat()]);
  return columns.filter((name) => {
    if (known.has(name) || name === "") return false;
    const scores = rows.map((row) => scoreOf(row.cells.get(name) ?? ""));
    return scores.some((score) => score !== null) && !scores.includes(undefined);
  });
}

/** The score in a cell, null where there is none, undefined where the cell holds something else. */
function scoreOf(text: string): number | null | undefined {
  if (noScore.has(text.trim().toLowerCase())) return null;
  const value = Number(text);
  return value >= 0 && value <= 100 ? value : undefined;
}

function scoreCell(row: CsvRow, column: string, source: string): number | null {
  const text = row.cells.get(column) ?? "";
  const score = scoreOf(text);
  if (score !== undefined) return score;
  throw new TurncoatError(
    `${source}:${row.line}: column ${column}: expected a number from 0 to 100 or nothing, found "${shortened(text)}"`,
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

function wholeCell(row: CsvRow, column: string, source: string): number {
  const value = numberCell(row, column, source);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new TurncoatError(
    `${source}:${row.line}: column ${column}: expected a whole number, found "${value}"`,
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
