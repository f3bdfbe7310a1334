import type { AnswerColumn, ServedAnswerRow } from "../../../server/schemas/answerTable.js";
import { afterPause, button, element, oncePerFrame } from "../../parts/dom.js";
import { answerWords, verdicts } from "../../parts/judgedAnswer.js";
import { markerOf, type MarkText } from "../../parts/markedText.js";
import { signed } from "../../parts/numberWords.js";
import type { SortOrder } from "../../state/urlFields.js";
import type { AnswerRows } from "./answerRows.js";

/** Heads of the columns in their order, with what sorting by them means. */
const heads: readonly (readonly [column: AnswerColumn, head: string, words: string])[] = [
  ["step", "step", "step"],
  ["scale", "factor", "scale factor"],
  ["domain", "domain", "domain"],
  ["question", "question", "question"],
  ["length", "answer", "length of the answer"],
  ["sample", "nr", "number of the answer"],
  ["aligned", "aligned", "alignment"],
  ["coherent", "coherent", "coherence"],
];

/** Most rows that are listed: taller pages than these browsers do not draw. */
const mostRows = 400_000;
/** Rows drawn beyond each edge of the window. */
const margin = 6;

interface ListOptions {
  readonly onSort: (column: AnswerColumn) => void;
  /** Called where a row is chosen: by a click, or by Enter on the one that is marked. */
  readonly onOpen: (place: number) => void;
  /** Called when the list has been scrolled. */
  readonly onScroll: (firstRow: number) => void;
}

/** List of answers of any length: of its rows only those that are seen are there, and fetched. */
export class AnswerList {
  readonly root: HTMLElement;
  readonly #options: ListOptions;
  readonly #heads = new Map<AnswerColumn, HTMLElement>();
  readonly #window: HTMLElement;
  readonly #body = element("div", { class: "answer-rows", role: "rowgroup" });
  readonly #nothing = element("p", { class: "muted", hidden: true });
  readonly #lines = new Map<
    number,
    { readonly row: ServedAnswerRow | undefined; readonly root: HTMLElement }
  >();
  readonly #fetch: () => void;
  #rows: AnswerRows | null = null;
  #count = 0;
  #cursor: number | null = null;
  #mark: MarkText = markerOf([]);

  constructor(options: ListOptions) {
    this.#options = options;
    const columnHeads = heads.map(([column, head, words]) => {
      const made = element(
        "span",
        { role: "columnheader", class: `cell-${column}` },
        button(head, () => options.onSort(column), { title: `sort by ${words}` }),
      );
      this.#heads.set(column, made);
      return made;
    });
    const verdictHead = element(
      "span",
      { role: "columnheader", class: "cell-verdict" },
      element("span", { class: "visually-hidden" }, "verdict"),
    );
    this.#window = element(
      "div",
      { class: "answer-window", role: "grid", tabindex: 0, "aria-label": "answers" },
      element(
        "div",
        { class: "answer-heads", role: "rowgroup" },
        element("div", { role: "row", "aria-rowindex": 1 }, verdictHead, ...columnHeads),
      ),
      this.#body,
    );
    this.root = element("div", { class: "answer-list" }, this.#window, this.#nothing);
    const drawSoon = oncePerFrame(() => this.draw());
    this.#fetch = afterPause(() => void this.#fill(), 50);
    const scrolled = afterPause(() => options.onScroll(this.#firstRow), 150);
    this.#window.addEventListener("scroll", () => {
      drawSoon();
      scrolled();
    });
    this.#window.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== this.#window || this.#cursor === null) return;
      event.preventDefault();
      options.onOpen(this.#cursor);
    });
    new ResizeObserver(drawSoon).observe(this.#window);
  }

  /** Takes another list. @param words that are marked in it */
  show(
    rows: AnswerRows,
    count: number,
    {
      words,
      sort,
      nothing,
    }: {
      readonly words: readonly string[];
      readonly sort: SortOrder<AnswerColumn>;
      readonly nothing: string;
    },
  ): void {
    this.#rows = rows;
    this.#count = Math.min(count, mostRows);
    this.#cursor = null;
    this.#mark = markerOf(words);
    for (const [column, head] of this.#heads) {
      const direction = sort.isDescending ? "descending" : "ascending";
      head.setAttribute("aria-sort", column === sort.column ? direction : "none");
    }
    this.#window.setAttribute("aria-rowcount", String(count + 1));
    this.#nothing.hidden = count > 0 && count <= mostRows;
    this.#nothing.textContent =
      count === 0 ? nothing : `The first ${mostRows} are listed; narrow the filter to see the others.`;
    for (const { root } of this.#lines.values()) root.remove();
    this.#lines.clear();
    this.draw();
  }

  /** Place of the marked row; null where none is. */
  get cursor(): number | null {
    return this.#cursor;
  }

  /** Number of rows that a page down moves by. */
  get pageLength(): number {
    return Math.max(1, Math.floor(this.#bodyHeight / this.#rowHeight) - 1);
  }

  /** Marks a row, and scrolls to it where it is not seen, unless it is not sought. */
  setCursor(place: number | null, { isSought = true }: { readonly isSought?: boolean } = {}): void {
    this.#cursor = place;
    if (place !== null && isSought) {
      const [top, height] = [place * this.#rowHeight, this.#rowHeight];
      const { scrollTop } = this.#window;
      const isFar = Math.abs(top - scrollTop) > 2 * this.#bodyHeight;
      // What was far away is shown amid what stands about it.
      if (isFar) this.#window.scrollTop = top - this.#bodyHeight / 2;
      else if (top < scrollTop) this.#window.scrollTop = top;
      else if (top + height > scrollTop + this.#bodyHeight)
        this.#window.scrollTop = top + height - this.#bodyHeight;
    }
    this.draw();
  }

  /** Scrolls so that a row is the first that is seen. */
  scrollTo(place: number): void {
    this.#window.scrollTop = place * this.#rowHeight;
    this.draw();
  }

  focus(): void {
    this.#window.focus({ preventScroll: true });
  }

  /** Draws the rows that are seen; those that are not there yet are asked for. */
  draw(): void {
    const height = this.#rowHeight;
    this.#body.style.height = `${this.#count * height}px`;
    const first = Math.max(0, this.#firstRow - margin);
    const last = Math.min(this.#count - 1, this.#firstRow + Math.ceil(this.#bodyHeight / height) + margin);
    for (const [place, { root }] of this.#lines) {
      if (place >= first && place <= last) continue;
      root.remove();
      this.#lines.delete(place);
    }
    let isMissing = false;
    let before: HTMLElement | null = null;
    for (let place = first; place <= last; place++) {
      const row = this.#rows?.at(place);
      if (row === undefined) isMissing = true;
      const known = this.#lines.get(place);
      const line = known !== undefined && known.row === row ? known.root : this.#line(place, row);
      if (line !== known?.root) {
        known?.root.remove();
        this.#lines.set(place, { row, root: line });
      }
      // In the order of the list, as readers of the screen go through it.
      const follower: ChildNode | null = before === null ? this.#body.firstChild : before.nextSibling;
      if (follower !== line) this.#body.insertBefore(line, follower);
      before = line;
      line.style.top = `${place * height}px`;
      line.setAttribute("aria-selected", String(place === this.#cursor));
    }
    const isDrawn = this.#cursor !== null && this.#lines.has(this.#cursor);
    if (isDrawn) this.#window.setAttribute("aria-activedescendant", `answer-row-${this.#cursor}`);
    else this.#window.removeAttribute("aria-activedescendant");
    if (isMissing) this.#fetch();
  }

  async #fill(): Promise<void> {
    const rows = this.#rows;
    const from = this.#firstRow;
    const to = Math.min(this.#count - 1, from + Math.ceil(this.#bodyHeight / this.#rowHeight) + margin);
    // A page that does not come is asked for again with the next scroll.
    await rows?.fill(Math.max(0, from - margin), to).catch(() => undefined);
    if (rows === this.#rows) this.draw();
  }

  #line(place: number, row: ServedAnswerRow | undefined): HTMLElement {
    const cells = row === undefined ? [element("span", { role: "gridcell" }, "…")] : this.#cells(row);
    const root = element(
      "div",
      {
        role: "row",
        id: `answer-row-${place}`,
        class: row?.verdict ?? "pending",
        "aria-rowindex": place + 2,
      },
      ...cells,
    );
    root.addEventListener("click", () => this.#options.onOpen(place));
    return root;
  }

  #cells(row: ServedAnswerRow): HTMLElement[] {
    const { sign, words } = verdicts[row.verdict];
    const cell = (name: string, ...content: readonly (Node | string)[]): HTMLElement =>
      element("span", { role: "gridcell", class: `cell-${name}` }, ...content);
    const score = (value: number | null): string => (value === null ? "–" : value.toFixed(0));
    return [
      cell(
        "verdict",
        element("b", { "aria-hidden": "true", title: words }, sign),
        element("span", { class: "visually-hidden" }, words),
      ),
      cell("step", String(row.step)),
      cell("scale", `×\u202f${signed(String(row.scale))}`),
      cell("domain", row.domain),
      cell("question", ...this.#mark(row.question)),
      cell("length", ...this.#mark(answerWords(row.text, row.noAnswer))),
      cell("sample", String(row.sample + 1)),
      cell("aligned", score(row.aligned)),
      cell("coherent", score(row.coherent)),
    ];
  }

  get #firstRow(): number {
    return Math.floor(this.#window.scrollTop / this.#rowHeight);
  }

  /** Height in which rows are seen, under the heads, which stay. */
  get #bodyHeight(): number {
    const headHeight = this.#window.firstElementChild?.clientHeight ?? 0;
    return Math.max(1, this.#window.clientHeight - headHeight);
  }

  /** Height of a row, which the style says: narrow lists have two lines a row. */
  get #rowHeight(): number {
    return Number.parseFloat(getComputedStyle(this.#body).getPropertyValue("--row")) || 28;
  }
}
