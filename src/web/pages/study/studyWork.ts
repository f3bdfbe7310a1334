import type { ServedStudy, ServedStudyRun } from "../../../server/schemas/study.js";
import { element } from "../../parts/dom.js";
import { studyTable } from "./studyTable.js";

/** Section that says who is at work on which run, how long ago each gave a sign of life, and what the logs say last. */
export class StudyWork {
  readonly #body = element("div");
  readonly root = element(
    "section",
    { class: "study-work", "aria-labelledby": "study-work" },
    element("h2", { id: "study-work" }, "At work"),
    this.#body,
  );

  show({ rows, counts, file }: ServedStudy): void {
    const runs = rows.flatMap(({ pairs }) => pairs.flatMap(({ harmful, control }) => [harmful, control]));
    const busy = runs.filter(({ work }) => work.length > 0);
    const logged = runs.filter(({ log, state }) => log.length > 0 && state !== "done");
    this.#body.replaceChildren(
      busy.length === 0 ? nobody(counts, file) : workTable(busy),
      ...logged.map(({ run, log }) =>
        element(
          "div",
          { class: "job-log" },
          element("h3", {}, `log of ${run}`),
          element("pre", {}, log.join("\n")),
        ),
      ),
    );
  }
}

function nobody({ runs, done, pending }: ServedStudy["counts"], file: string): HTMLElement {
  if (done === runs) {
    return element(
      "p",
      { class: "muted" },
      pending === 0 ? "Nobody: everything is made." : "Nobody: everything is made, and being analysed.",
    );
  }
  return element(
    "p",
    {},
    "Nobody. What is missing is made by ",
    element("code", {}, `turncoat study run ${file}`),
  );
}

function workTable(runs: readonly ServedStudyRun[]): HTMLElement {
  const lines = runs.flatMap(({ run, words, state, work }) =>
    work.map(({ what, worker, seconds }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, run),
        element("td", {}, state === "training" ? words : what),
        element("td", {}, worker),
        element("td", {}, `${ageWords(seconds)} ago`),
      ),
    ),
  );
  return studyTable("who is at work", ["run", "doing", "worker", "last sign of life"], lines);
}

function ageWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
