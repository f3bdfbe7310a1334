import type { ServedTable } from "../../../server/schemas/figures.js";
import { element } from "../../parts/dom.js";
import { holdsWords } from "../../parts/searchWords.js";
import type { AdapterChoice, MapQuantity } from "../../state/adapterChoice.js";

interface ListedAdapter {
  readonly name: string;
  /** In percent. */
  readonly share: number;
  /** In degrees; NaN where none can be measured. */
  readonly bend: number;
  readonly step: number;
  readonly root: HTMLElement;
}

/** Way in which the list is sorted, which follows what the map shows. */
const orders: Readonly<
  Record<MapQuantity, { readonly words: string; readonly key: (adapter: ListedAdapter) => number }>
> = {
  share: { words: "largest first", key: ({ share }) => -share },
  bend: { words: "most bent first", key: ({ bend }) => -bend },
  step: { words: "earliest bend first", key: ({ step }) => step },
};

/**
 * List of the adapters of a run with many, which can be searched: the chosen one is that whose curves are shown. The
 * search field has the focus throughout; arrow keys move in the list.
 */
export class AdaptersPanel {
  readonly root: HTMLElement;
  readonly #choice: AdapterChoice;
  readonly #search: HTMLInputElement;
  readonly #list = element("div", {
    id: "adapters",
    role: "listbox",
    "aria-label": "adapters",
    tabindex: -1,
  });
  readonly #note = element("p", { class: "muted", role: "status" });
  #all: readonly ListedAdapter[] = [];
  #found: readonly ListedAdapter[] = [];
  #active: ListedAdapter | undefined;
  #said = "";

  constructor(choice: AdapterChoice) {
    this.#choice = choice;
    this.#search = element("input", {
      type: "search",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "adapters",
      "aria-label": "search adapters by module path",
      placeholder: "search, such as layers.12 down",
      autocomplete: "off",
    });
    this.root = element(
      "section",
      { class: "plane adapters", "aria-label": "Adapters" },
      element("header", {}, element("h2", {}, "Adapters")),
      element(
        "div",
        { class: "adapter-list" },
        this.#search,
        element(
          "div",
          { class: "adapter-heads muted", "aria-hidden": "true" },
          ...["adapter", "% of ‖ΔW‖²", "largest bend", "at step"].map((head) => element("span", {}, head)),
        ),
        this.#list,
      ),
      this.#note,
    );
    this.#search.addEventListener("input", () => {
      this.#said = "";
      this.#show();
    });
    this.#search.addEventListener("keydown", (event) => this.#press(event));
    choice.subscribe((change) => {
      if (change === "adapter") this.#said = "";
      this.#show();
    });
  }

  /** Takes the table of the map. */
  setTable({ columns, rows }: ServedTable): void {
    const column = (name: string): number => columns.indexOf(name);
    const [name, share, bend, step] = ["adapter", "% of ‖ΔW‖²", "largest bend", "at step"].map(column);
    const numberIn = (row: ServedTable["rows"][number], index = -1): number => Number(row[index] ?? NaN);
    this.#all = rows.map((row, index) => {
      const adapter = {
        name: String(row[name ?? -1] ?? ""),
        share: numberIn(row, share),
        bend: numberIn(row, bend),
        step: numberIn(row, step),
      };
      const root = element(
        "div",
        { role: "option", id: `adapter-${index}`, title: adapter.name },
        element("span", {}, adapter.name),
        element("span", {}, `${Number(adapter.share.toPrecision(2))} %`),
        element("span", {}, Number.isFinite(adapter.bend) ? `${adapter.bend.toFixed(0)}°` : "–"),
        element("span", {}, Number.isFinite(adapter.step) ? String(adapter.step) : "–"),
      );
      root.addEventListener("click", () => this.#choice.choose(adapter.name));
      return { ...adapter, root };
    });
    this.#show();
  }

  /** Says something under the list until an adapter is searched for or chosen. */
  say(text: string): void {
    this.#said = text;
    this.#show();
  }

  /** Puts the focus into the search field. */
  focus(): void {
    this.#search.focus();
    this.#search.select();
  }

  #show(): void {
    const { key, words } = orders[this.#choice.quantity];
    const order = (adapter: ListedAdapter): number => {
      const value = key(adapter);
      return Number.isFinite(value) ? value : Infinity;
    };
    this.#found = this.#all
      .filter(({ name }) => holdsWords(name, this.#search.value))
      .toSorted((one, other) => compare(order(one), order(other)));
    this.#list.replaceChildren(...this.#found.map(({ root }) => root));
    const count =
      this.#found.length === this.#all.length
        ? `${this.#all.length} adapters`
        : `${this.#found.length} of ${this.#all.length} adapters`;
    const start = this.#said === "" ? "" : `${this.#said}. `;
    this.#note.textContent = `${start}${count}, ${words}. A click, or ↓ and Enter in the search, shows the curves of one above.`;
    this.#mark();
    this.#setActive(this.#found.find(({ name }) => name === this.#choice.shown));
  }

  #mark(): void {
    for (const { name, root } of this.#all)
      root.setAttribute("aria-selected", String(name === this.#choice.shown));
  }

  #setActive(adapter: ListedAdapter | undefined): void {
    this.#active?.root.classList.remove("active");
    this.#active = adapter;
    if (adapter === undefined) {
      this.#search.removeAttribute("aria-activedescendant");
      return;
    }
    adapter.root.classList.add("active");
    this.#search.setAttribute("aria-activedescendant", adapter.root.id);
    // Not `scrollIntoView`, which moves the page as well.
    const { offsetTop, offsetHeight } = adapter.root;
    const { scrollTop, clientHeight } = this.#list;
    if (offsetTop < scrollTop) this.#list.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight)
      this.#list.scrollTop = offsetTop + offsetHeight - clientHeight;
  }

  #press(event: KeyboardEvent): void {
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      const at = this.#active === undefined ? -1 : this.#found.indexOf(this.#active);
      const next = at < 0 ? 0 : Math.min(this.#found.length - 1, Math.max(0, at + move));
      this.#setActive(this.#found[next]);
    } else if (event.key === "Enter") {
      const chosen = this.#active ?? this.#found[0];
      if (chosen !== undefined) this.#choice.choose(chosen.name);
    } else if (event.key === "Escape" && this.#search.value === "") this.#search.blur();
  }
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
