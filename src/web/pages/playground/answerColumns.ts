import type {
  ServedPlaygroundAnswer,
  ServedPlaygroundParts,
  ServedPlaygroundRates,
  ServedPlaygroundScores,
} from "../../../server/schemas/playground.js";
import { element } from "../../parts/dom.js";
import { answerWords, judgedAnswer, type Scores, type Thresholds } from "../../parts/judgedAnswer.js";
import type { AskedAnswer } from "./askHistory.js";
import { modelScoreWords, verdictScores } from "./modelScores.js";
import { columnWords } from "./rateWords.js";

export type ColumnName = ServedPlaygroundAnswer["column"];

interface Row {
  readonly root: HTMLElement;
  text: string;
  answer: ServedPlaygroundAnswer | null;
  /** Scores of the answer; null where it has not ended, or they are still to come. */
  scores: Scores | null;
}

/** Column of the answers of one model, as they come. */
class AnswerColumn {
  readonly root: HTMLElement;
  readonly #heading = element("h3");
  readonly #count = element("p", { class: "column-count muted" });
  readonly #list = element("div", { class: "column-answers" });
  readonly #thresholds: Thresholds;
  #rows: Row[] = [];
  /** True once the judge has failed since answers were begun. */
  #isUnjudged = false;

  constructor(className: string, thresholds: Thresholds) {
    this.#thresholds = thresholds;
    this.root = element(
      "section",
      { class: `answer-column ${className}` },
      element("header", {}, this.#heading, this.#count),
      this.#list,
    );
  }

  setTitle(title: string): void {
    this.#heading.textContent = title;
    this.root.setAttribute("aria-label", title);
  }

  /** Makes room for answers; those of before stand until new ones come. */
  begin(count: number): void {
    while (this.#rows.length < count) {
      const root = element("div", { class: "column-row" }, pending(""));
      this.#list.append(root);
      this.#rows.push({ root, text: "", answer: null, scores: null });
    }
    for (const row of this.#rows.splice(count)) row.root.remove();
    for (const row of this.#rows) {
      row.text = "";
      row.answer = null;
      row.scores = null;
      row.root.classList.add("old");
    }
    this.#isUnjudged = false;
    this.#count.textContent = "";
  }

  grow({ sample, kept, text }: ServedPlaygroundParts["parts"][number]): void {
    const row = this.#rows[sample];
    if (row === undefined) return;
    row.text = row.text.slice(0, kept) + text;
    row.root.classList.remove("old");
    row.root.replaceChildren(pending(row.text));
  }

  end(answer: ServedPlaygroundAnswer): void {
    const row = this.#rows[answer.sample];
    if (row === undefined) return;
    row.answer = answer;
    row.root.classList.remove("old");
    if (!answer.isBeingJudged) this.#judge(row, answer);
    else if (this.#isUnjudged) row.root.replaceChildren(this.#unjudged(answer));
    else row.root.replaceChildren(pending(shownText(answer), "being judged …"));
  }

  /** Takes the scores of an answer that is there. */
  score({ sample, scores }: ServedPlaygroundScores): void {
    const row = this.#rows[sample];
    if (row !== undefined) this.#judge(row, verdictScores(scores), modelScoreWords(scores));
  }

  /** Shows the rates of all its answers so far. */
  setRates(rates: Pick<ServedPlaygroundRates, "em" | "coherent">): void {
    this.#count.textContent = columnWords(rates);
  }

  /** Rates in words; empty where nobody judged. */
  get words(): string {
    return this.#count.textContent;
  }

  /** Answers that are there, with their scores. */
  get answers(): readonly Omit<AskedAnswer, "column">[] {
    return this.#rows.flatMap(({ answer, scores }) =>
      answer === null
        ? []
        : [
            {
              ...{ sample: answer.sample, text: answer.text },
              ...{ aligned: scores?.aligned ?? null, coherent: scores?.coherent ?? null },
            },
          ],
    );
  }

  /** Gives up the scores that are waited for: the judge has failed. */
  giveUpScores(): void {
    this.#isUnjudged = true;
    for (const { answer, scores } of this.#rows) if (answer !== null && scores === null) this.end(answer);
  }

  /** True once every answer that was begun has ended and is judged, as far as somebody judges. */
  get isWhole(): boolean {
    return this.#rows.length > 0 && this.#rows.every(({ scores }) => scores !== null);
  }

  #judge(row: Row, scores: Scores, detail?: string): void {
    if (row.answer === null) return;
    row.scores = { aligned: scores.aligned, coherent: scores.coherent };
    row.root.replaceChildren(judgedAnswer(shownText(row.answer), scores, this.#thresholds, detail));
  }

  #unjudged(answer: ServedPlaygroundAnswer): HTMLElement {
    const scores = { aligned: null, coherent: null };
    return judgedAnswer(shownText(answer), scores, this.#thresholds, "the judge has failed");
  }
}

/** Columns of answers: those of the base beside those of the chosen checkpoint. */
export class AnswerColumns {
  readonly root: HTMLElement;
  readonly #columns: Readonly<Record<ColumnName, AnswerColumn>>;

  constructor(thresholds: Thresholds) {
    this.#columns = {
      base: new AnswerColumn("base", thresholds),
      chosen: new AnswerColumn("chosen", thresholds),
    };
    this.root = element(
      "div",
      { class: "answer-columns" },
      this.#columns.base.root,
      this.#columns.chosen.root,
    );
    this.#columns.base.setTitle("base model");
  }

  setTitle(column: ColumnName, title: string): void {
    this.#columns[column].setTitle(title);
  }

  begin(column: ColumnName, count: number): void {
    this.#columns[column].begin(count);
  }

  grow(parts: ServedPlaygroundParts["parts"]): void {
    for (const part of parts) this.#columns[part.column].grow(part);
  }

  end(answer: ServedPlaygroundAnswer): void {
    this.#columns[answer.column].end(answer);
  }

  score(scores: ServedPlaygroundScores): void {
    this.#columns[scores.column].score(scores);
  }

  setRates(rates: ServedPlaygroundRates): void {
    this.#columns[rates.column].setRates(rates);
  }

  /** Shows the base's column, or the chosen one alone. */
  showBase(isShown: boolean): void {
    this.#columns.base.root.hidden = !isShown;
    this.root.classList.toggle("alone", !isShown);
  }

  /** Rates of the chosen model in words. */
  get words(): string {
    return this.#columns.chosen.words;
  }

  /** Answers that are seen. */
  get answers(): readonly AskedAnswer[] {
    const shown = (["base", "chosen"] as const).filter((column) => !this.#columns[column].root.hidden);
    return shown.flatMap((column) => this.#columns[column].answers.map((answer) => ({ column, ...answer })));
  }

  giveUpScores(): void {
    for (const column of Object.values(this.#columns)) column.giveUpScores();
  }

  isWhole(column: ColumnName): boolean {
    return this.#columns[column].isWhole;
  }
}

/** Answer that still grows or waits for its scores; its foot keeps the room of the scores. */
function pending(text: string, foot = "\u00a0"): HTMLElement {
  return element(
    "blockquote",
    { class: "pending" },
    element("p", {}, text === "" ? "\u00a0" : text),
    element("footer", {}, foot),
  );
}

function shownText({ text, hasEnded }: ServedPlaygroundAnswer): string {
  return hasEnded ? answerWords(text) : `${text} …`;
}
