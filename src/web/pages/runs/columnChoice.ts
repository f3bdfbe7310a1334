import { element } from "../../parts/dom.js";
import { runsColumns, usualColumns } from "./runsTable.js";

/** The columns that are shown: those that were chosen, or the usual ones where none were. */
export function shownColumns(chosen: readonly string[]): readonly string[] {
  return chosen.length === 0 ? usualColumns : chosen;
}

/** Choice of the columns of the list: a list of boxes that opens. */
export function columnChoice(
  chosen: () => readonly string[],
  onChoose: (columns: readonly string[]) => void,
): { readonly root: HTMLElement; readonly show: () => void } {
  const boxes = runsColumns.map(({ id, words }) => {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => {
      const wanted = boxes.filter((box) => box.input.checked).map((box) => box.id);
      const isUsual = wanted.join() === usualColumns.join();
      onChoose(isUsual ? [] : wanted);
    });
    return { id, input, label: element("label", {}, input, ` ${words}`) };
  });
  const root = element(
    "details",
    { class: "column-choice" },
    element("summary", {}, "columns"),
    element("div", {}, ...boxes.map(({ label }) => label)),
  );
  const show = (): void => {
    const shown = shownColumns(chosen());
    for (const { id, input } of boxes) input.checked = shown.includes(id);
  };
  return { root, show };
}
