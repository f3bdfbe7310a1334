import type { ServedReport } from "../../../server/schemas/report.js";
import { element } from "../../parts/dom.js";
import { runDetails } from "./runDetails.js";

/**
 * Beginning of a run's page: what turned in one sentence, the numbers behind it in a line, and three lines that open: all
 * findings, how the run was made, and warnings. What a reader has opened stays open when the run grows.
 */
export class SummaryPanel {
  readonly root: HTMLElement;
  readonly #headline = element("h1");
  readonly #evidence = element("p", { class: "evidence" });
  readonly #failure = element("p", { class: "notice", role: "alert", hidden: true });
  readonly #findings = new Fold("findings");
  readonly #warnings = new Fold("warnings");
  readonly #made: ReturnType<typeof runDetails>;

  constructor(run: string) {
    this.#made = runDetails(run);
    this.root = element(
      "section",
      { class: "summary", "aria-label": "what was found" },
      this.#headline,
      this.#evidence,
      this.#failure,
      element("div", { class: "folds" }, this.#findings.root, this.#made.root, this.#warnings.root),
    );
  }

  /** @param failure reason why the run cannot be analysed; empty where it can */
  show(report: ServedReport, failure: string): void {
    const { status, headline, evidence, sentences, findings, warnings, isComplete, recipe } = report;
    const isPending = headline === "" && !isComplete && failure === "";
    this.root.classList.toggle("pending", isPending);
    // What a growing run has to say gets longer, and its figures stay where they are.
    if (!isComplete || status === "running") this.root.classList.add("growing");
    this.#headline.textContent = isPending
      ? "What turned is being worked out …"
      : headline === ""
        ? "This run cannot be analysed"
        : headline;
    this.#evidence.textContent = evidence;
    this.#failure.hidden = failure === "";
    this.#failure.textContent = `This run cannot be analysed: ${failure}`;
    const lines = sentences.map((sentence, index) =>
      element("li", index < findings ? {} : { class: "muted" }, sentence),
    );
    this.#findings.show(`All findings (${findings})`, lines);
    this.#warnings.show(
      warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`,
      warnings.map((warning) => element("li", {}, warning)),
    );
    this.#made.show(recipe);
  }
}

/** Line that opens to a list; hidden while that is empty. */
class Fold {
  readonly root: HTMLDetailsElement;
  readonly #summary = element("summary");
  readonly #list = element("ul");

  constructor(name: string) {
    this.root = element("details", { class: name, hidden: true }, this.#summary, this.#list);
  }

  show(summary: string, lines: readonly HTMLElement[]): void {
    this.root.hidden = lines.length === 0;
    this.#summary.textContent = summary;
    this.#list.replaceChildren(...lines);
  }
}
