import type { ServedDiff } from "../../../server/schemas/runs.js";
import { fetchDiff } from "../../api/runs.js";
import { button, element } from "../../parts/dom.js";

/** Panel of the settings in which the selected runs differ; any of them can be left out. */
export class DiffPanel {
  readonly root = element("section", {
    class: "diff",
    "aria-label": "how the selected runs differ",
    hidden: true,
  });
  readonly #onIgnore: (ignored: readonly string[]) => void;
  #asked = 0;

  constructor(onIgnore: (ignored: readonly string[]) => void) {
    this.#onIgnore = onIgnore;
  }

  /** Shows the differences between two runs or more; nothing for fewer. */
  async show(runs: readonly string[], ignored: readonly string[]): Promise<void> {
    const asked = ++this.#asked;
    this.root.hidden = runs.length < 2;
    if (runs.length < 2) return;
    try {
      const diff = await fetchDiff(runs, ignored);
      if (asked === this.#asked) this.root.replaceChildren(...this.#parts(diff, ignored));
    } catch (error) {
      if (asked !== this.#asked) return;
      this.root.replaceChildren(element("p", {}, error instanceof Error ? error.message : String(error)));
    }
  }

  #parts(diff: ServedDiff, ignored: readonly string[]): HTMLElement[] {
    const { runs, differences, compared, isKnown } = diff;
    const unknown = runs.filter((_, index) => isKnown[index] === false);
    const leaveOut = (setting: string): void => this.#onIgnore([...ignored, setting]);
    return [
      element("h2", {}, `How ${runs.length} runs differ`),
      element(
        "p",
        { class: "muted" },
        `${differences.length} of ${compared} settings differ; names, times and states are left out.`,
        ...(unknown.length === 0 ? [] : [` ${unknown.join(", ")}: trained elsewhere, does not say how.`]),
      ),
      ...(ignored.length === 0
        ? []
        : [
            element(
              "p",
              { class: "diff-ignored" },
              element("span", { class: "muted" }, "left out: "),
              ...ignored.map((setting) =>
                button(`${setting} ×`, () => this.#onIgnore(ignored.filter((each) => each !== setting)), {
                  title: `compare ${setting} again`,
                }),
              ),
            ),
          ]),
      element(
        "div",
        { class: "diff-table", tabindex: 0, role: "region", "aria-label": "differing settings" },
        element(
          "table",
          {},
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              element("th", { scope: "col" }, "setting"),
              ...runs.map((run) => element("th", { scope: "col" }, run)),
              element("td"),
            ),
          ),
          element(
            "tbody",
            {},
            ...differences.map(({ setting, values }) =>
              element(
                "tr",
                {},
                element("th", { scope: "row" }, setting),
                ...values.map((value) =>
                  element("td", { class: value === null ? "muted" : undefined }, shown(value)),
                ),
                element(
                  "td",
                  {},
                  button("leave out", () => leaveOut(setting), { label: `leave ${setting} out` }),
                ),
              ),
            ),
          ),
        ),
      ),
    ];
  }
}

/** Value as it is shown: a text without its quotes; a long one cut, the way hashes are. */
function shown(json: string | null): string {
  if (json === null) return "not set";
  const text = json.startsWith('"') ? json.slice(1, -1) : json;
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}
