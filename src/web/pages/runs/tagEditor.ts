import { putTags } from "../../api/runs.js";
import { button, element } from "../../parts/dom.js";

/** What may be typed, as an input's pattern: `tagSchema` has the last word. */
const tagsPattern = String.raw`[\s,]*([^\s,]{1,40}([\s,]+|$))*`;

/** A run whose tags are edited. */
export interface Tagged {
  readonly id: string;
  readonly tags: readonly string[];
}

/** Form for the tags of a run, or of several: those that all of them have are edited, each keeps its others. */
export class TagEditor {
  readonly root = element("form", { class: "tag-editor", hidden: true });
  readonly #input = element("input", {
    autocomplete: "off",
    spellcheck: "false",
    pattern: tagsPattern,
    title: "words of at most 40 letters, divided by spaces",
  });
  readonly #fault = element("span", { class: "muted", role: "status" });
  readonly #onDone: () => Promise<void>;
  #runs: readonly Tagged[] = [];
  #shared: ReadonlySet<string> = new Set();

  /** @param onDone called when tags have been kept, or the form was left */
  constructor(onDone: () => Promise<void>) {
    this.#onDone = onDone;
    this.root.append(
      this.#input,
      element("button", { type: "submit" }, "keep"),
      button("cancel", () => this.#close()),
      this.#fault,
    );
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#keep();
    });
    this.#input.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#close();
    });
  }

  /** Opens the form with the tags that all of these runs have. */
  open(runs: readonly Tagged[]): void {
    this.#runs = runs;
    this.#shared = sharedTags(runs);
    const words = runs.length === 1 ? `tags of ${runs[0]?.id ?? ""}` : `tags of ${runs.length} runs`;
    this.#input.setAttribute("aria-label", `${words}, divided by spaces`);
    this.#input.placeholder = words;
    this.#input.value = [...this.#shared].join(" ");
    this.#fault.textContent = "";
    this.root.hidden = false;
    this.#input.focus();
  }

  async #keep(): Promise<void> {
    const typed = this.#input.value.split(/[\s,]+/).filter((word) => word !== "");
    try {
      for (const { id, tags } of this.#runs) await putTags(id, changedTags(tags, this.#shared, typed));
    } catch (error) {
      this.#fault.textContent = error instanceof Error ? error.message : String(error);
      return;
    }
    this.#close();
  }

  #close(): void {
    this.root.hidden = true;
    void this.#onDone();
  }
}

/** Finds the tags that all of some runs have. */
export function sharedTags(runs: readonly Tagged[]): ReadonlySet<string> {
  const [first, ...others] = runs;
  return new Set((first?.tags ?? []).filter((tag) => others.every(({ tags }) => tags.includes(tag))));
}

/** Gives a run's tags where those that it shares with others are replaced by what was typed. */
export function changedTags(
  own: readonly string[],
  shared: ReadonlySet<string>,
  typed: readonly string[],
): string[] {
  return [...new Set([...own.filter((tag) => !shared.has(tag)), ...typed])];
}
