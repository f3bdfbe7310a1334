import { element } from "../../parts/dom.js";

/** Line that says how many of the compared runs are read, while the others are. */
export class ReadingProgress {
  readonly #bar: HTMLProgressElement;
  readonly #words = element("span", {}, "");
  readonly root: HTMLElement;
  readonly #total: number;

  constructor(total: number) {
    this.#total = total;
    this.#bar = element("progress", { max: total, value: 0, "aria-label": "runs that are read" });
    this.root = element("p", { class: "reading", role: "status" }, this.#bar, " ", this.#words);
    this.show(Array.from({ length: total }, () => ""));
  }

  /** @param pending runs that are still to be read */
  show(pending: readonly string[]): void {
    const done = this.#total - pending.length;
    this.#bar.value = done;
    const [next = ""] = pending;
    this.#words.textContent = `${done} of ${this.#total} runs read${next === "" ? " …" : `; ${next} is being analysed …`}`;
  }
}
