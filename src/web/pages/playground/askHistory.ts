import type { FigureTable } from "../../../figures/figure.js";
import { hasFields } from "../../api/request.js";
import { button, element } from "../../parts/dom.js";
import { saveTable } from "../../plots/download.js";

/** One answer of a question that was asked. */
export interface AskedAnswer {
  readonly column: "base" | "chosen";
  readonly sample: number;
  readonly text: string;
  readonly aligned: number | null;
  readonly coherent: number | null;
}

/** A question that was asked, of which model, and what came of it. */
export interface AskedEntry {
  /** Address of the page that asks it again. */
  readonly link: string;
  readonly question: string;
  /** State of the model in words. */
  readonly model: string;
  /** Rates of the chosen model in words; empty where nobody judged. */
  readonly rates: string;
  /** Time at which it was asked, as ISO 8601. */
  readonly askedAt: string;
  readonly answers: readonly AskedAnswer[];
}

/** Most questions that are remembered. */
const mostEntries = 50;

const columns = [
  ...["asked at", "question", "model", "column", "answer nr", "answer"],
  ...["aligned", "coherent", "link"],
] as const;

/** History of the questions to a run's models, which this browser remembers, and what they can be saved as. */
export class AskHistory {
  readonly root: HTMLElement;
  readonly #run: string;
  readonly #summary = element("summary");
  readonly #list = element("ol", { class: "history-list" });
  readonly #tools: HTMLElement;
  #entries: readonly AskedEntry[];

  constructor(run: string) {
    this.#run = run;
    this.#entries = this.#remembered();
    this.#tools = element(
      "p",
      { class: "history-tools" },
      button("CSV", () => saveTable("CSV", this.#table(), this.#name), { label: "save the history as CSV" }),
      button("JSON", () => saveTable("JSON", this.#table(), this.#name), {
        label: "save the history as JSON",
      }),
      button("forget", () => this.#keep([]), { label: "forget the history" }),
      element("span", { class: "muted" }, "kept in this browser, answers included"),
    );
    this.root = element("details", { class: "ask-history" }, this.#summary, this.#tools, this.#list);
    this.#show();
  }

  /** Adds a question that was answered; the same one asked of the same model again takes the place of the older. */
  add(entry: AskedEntry): void {
    const others = this.#entries.filter(({ link }) => link !== entry.link);
    this.#keep([entry, ...others].slice(0, mostEntries));
  }

  get #name(): string {
    return `${this.#run}-playground`;
  }

  get #key(): string {
    return `turncoat playground ${this.#run}`;
  }

  #keep(entries: readonly AskedEntry[]): void {
    this.#entries = entries;
    this.#show();
    // Where there is no room the older ones are remembered no longer than the page.
    let count = entries.length;
    while (!this.#write(entries.slice(0, count)) && count > 0) count = Math.floor(count / 2);
  }

  #write(entries: readonly AskedEntry[]): boolean {
    try {
      localStorage.setItem(this.#key, JSON.stringify(entries));
      return true;
    } catch {
      return false;
    }
  }

  #remembered(): readonly AskedEntry[] {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  #show(): void {
    const count = this.#entries.length;
    this.#summary.textContent = `history, ${count === 1 ? "1 question" : `${count} questions`}`;
    this.#tools.hidden = count === 0;
    this.#list.replaceChildren(
      ...this.#entries.map(({ link, question, model, rates }) =>
        element(
          "li",
          {},
          element("a", { href: link }, question),
          element("span", { class: "muted" }, [` ${model}`, ...(rates === "" ? [] : [rates])].join(" · ")),
        ),
      ),
    );
  }

  #table(): FigureTable {
    const rows = this.#entries.flatMap(({ askedAt, question, model, link, answers }) =>
      answers.map(({ column, sample, text, aligned, coherent }) => [
        ...[askedAt, question, column === "base" ? "base model" : model, column, sample + 1],
        ...[text, aligned, coherent, new URL(link, location.href).href],
      ]),
    );
    return { columns, rows };
  }
}

const hasEntryFields = hasFields<AskedEntry>("link", "question", "model", "rates", "askedAt", "answers");

/** Tells an entry that these pages have written; its link leads to them. */
function isEntry(value: unknown): value is AskedEntry {
  return hasEntryFields(value) && typeof value.link === "string" && value.link.startsWith("./?");
}
