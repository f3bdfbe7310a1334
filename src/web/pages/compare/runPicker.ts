import type { ServedRun } from "../../../server/schemas/runs.js";
import { button, element } from "../../parts/dom.js";

/** Picker of the runs to compare: a list that opens, with those that are there. */
export function runPicker(
  runs: readonly ServedRun[],
  chosen: readonly string[],
  onChoose: (chosen: readonly string[]) => void,
): HTMLElement {
  const boxes = runs
    .filter(({ status }) => status !== "unreadable")
    .map(({ id, recipe, seed }) => ({
      id,
      input: element("input", { type: "checkbox", checked: chosen.includes(id) }),
      words: [recipe, ...(seed === null ? [] : [`seed ${seed}`])].join(" · "),
    }));
  const apply = (): void => {
    const wanted = boxes.filter(({ input }) => input.checked).map(({ id }) => id);
    // Runs that stay keep their order, and with it their colours.
    onChoose([...chosen.filter((id) => wanted.includes(id)), ...wanted.filter((id) => !chosen.includes(id))]);
  };
  return element(
    "details",
    { class: "run-picker", open: chosen.length === 0 },
    element("summary", {}, "choose runs"),
    element(
      "div",
      {},
      element(
        "ul",
        {},
        ...boxes.map(({ id, input, words }) =>
          element(
            "li",
            {},
            element(
              "label",
              {},
              input,
              element("b", {}, id),
              " ",
              element("span", { class: "muted" }, words),
            ),
          ),
        ),
      ),
      boxes.length === 0
        ? element(
            "p",
            {},
            "There are no runs here yet. Train one, in about a minute: ",
            element("code", {}, "turncoat demo"),
          )
        : button("compare", apply, { className: "primary" }),
    ),
  );
}
