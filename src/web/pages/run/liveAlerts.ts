import type { ServedFired } from "../../../server/schemas/live.js";
import { button, element } from "../../parts/dom.js";
import { grouped, intervalWords } from "../../parts/numberWords.js";

/** Transition as an alert tells it. */
export type Alert = Pick<ServedFired, "indicator" | "words" | "step" | "interval" | "adapter"> & {
  /** The last step known when a detector fired; null for one that the analysis found. */
  readonly knownAt: number | null;
};

/** The alerts of a run: a badge in the header that opens their list, and a line that is read out. */
export class LiveAlerts {
  readonly root = element("details", { class: "alerts", hidden: true });
  /** Line that is read out, for readers without the picture. */
  readonly announced = element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  readonly #badge = element("summary");
  readonly #list = element("ul");
  readonly #known = new Set<string>();
  readonly #onChoose: (step: number) => void;

  constructor(onChoose: (step: number) => void) {
    this.#onChoose = onChoose;
    this.root.append(this.#badge, this.#list);
  }

  /** Takes alerts, each once. @param isNew whether they have just come, so that they are announced */
  add(alerts: readonly Alert[], isNew: boolean): void {
    for (const alert of alerts) {
      const key = `${alert.indicator} ${alert.adapter ?? ""}`;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#list.prepend(
        element(
          "li",
          {},
          button(this.#alertWords(alert), () => this.#choose(alert.step)),
        ),
      );
      if (!isNew) continue;
      this.root.classList.add("new");
      this.announced.textContent = `Alert. ${this.#alertWords(alert)}.`;
      if (!document.title.startsWith("▲")) document.title = `▲ ${document.title}`;
    }
    const { size } = this.#known;
    this.root.hidden = size === 0;
    this.#badge.textContent = `▲ ${size} ${size === 1 ? "alert" : "alerts"}`;
  }

  #choose(step: number): void {
    this.root.open = false;
    this.root.classList.remove("new");
    document.title = document.title.replace(/^▲ /, "");
    this.#onChoose(step);
  }

  /** Alert in words, such as "direction of B turns: step 69 [67, 72], seen at step 82". */
  #alertWords({ words, step, interval, knownAt }: Alert): string {
    const when = knownAt === null ? "" : `, seen at step ${grouped(knownAt)}`;
    return `${words}: step ${grouped(step)} ${intervalWords(...interval)}${when}`;
  }
}
