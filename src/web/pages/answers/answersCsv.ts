import type { FigureTable } from "../../../figures/figure.js";
import type { ServedAnswerRow } from "../../../server/schemas/answerTable.js";
import { fetchAnswerTable } from "../../api/answers.js";
import { button, element } from "../../parts/dom.js";
import { verdicts } from "../../parts/judgedAnswer.js";
import { grouped } from "../../parts/numberWords.js";
import { saveTable } from "../../plots/download.js";
import type { AnswerFilter } from "./answerRows.js";

/** Rows that are asked for at once. */
const pageRows = 2000;

const columns = [
  ...["number", "step", "factor", "domain", "breadth", "question id", "question", "answer nr"],
  ...["condition", "aligned", "coherent", "verdict", "answer", "no answer"],
] as const;

/**
 * Collects all answers that fit a filter, in full and in the order of the list.
 * @param onProgress called as they come
 * @throws Error where they change while they are collected: the table would have gaps
 */
async function answersTable(
  run: string,
  filter: AnswerFilter,
  onProgress: (done: number, all: number) => void,
  signal: AbortSignal,
): Promise<FigureTable> {
  const rows: FigureTable["rows"][number][] = [];
  let found = Infinity;
  while (rows.length < found) {
    const request = { ...filter, text: "whole", offset: rows.length, limit: pageRows } as const;
    const page = await fetchAnswerTable(run, request, signal);
    if (found !== Infinity && page.found !== found)
      throw new Error("New answers have come while these were collected; try again.");
    if (page.rows.length === 0) break;
    found = page.found;
    rows.push(...page.rows.map(fieldsOf));
    onProgress(rows.length, found);
  }
  return { columns, rows };
}

function fieldsOf(row: ServedAnswerRow): FigureTable["rows"][number] {
  const { number, step, scale, domain, breadth, questionId, question, sample, condition } = row;
  const { aligned, coherent, verdict, text, noAnswer } = row;
  return [
    ...[number, step, scale, domain, breadth, questionId, question, sample + 1],
    ...[condition, aligned, coherent, verdicts[verdict].words, text, noAnswer],
  ];
}

/** Button that saves what is listed as CSV, page by page, and stops when it is pressed again. */
export class CsvButton {
  readonly root = element("span", { class: "csv" });
  readonly #button: HTMLButtonElement;
  readonly #progress = element("span", { class: "muted", role: "status" });
  #underWay: AbortController | null = null;

  constructor(run: string, filter: () => AnswerFilter) {
    this.#button = button("CSV", () => void this.#press(run, filter()), {
      title: "save what is listed as CSV",
    });
    this.root.append(this.#button, this.#progress);
  }

  setCount(found: number): void {
    this.#button.disabled = found === 0;
  }

  async #press(run: string, filter: AnswerFilter): Promise<void> {
    if (this.#underWay !== null) {
      this.#underWay.abort();
      return;
    }
    const collecting = new AbortController();
    this.#underWay = collecting;
    this.#button.textContent = "stop";
    this.#progress.textContent = "";
    try {
      const table = await answersTable(
        run,
        filter,
        (done, all) => (this.#progress.textContent = `${grouped(done)} of ${grouped(all)}`),
        collecting.signal,
      );
      saveTable("CSV", table, `${run}-answers`);
      this.#progress.textContent = `${grouped(table.rows.length)} saved`;
    } catch (error) {
      this.#progress.textContent = collecting.signal.aborted
        ? "stopped"
        : error instanceof Error
          ? error.message
          : String(error);
    } finally {
      this.#underWay = null;
      this.#button.textContent = "CSV";
    }
  }
}
