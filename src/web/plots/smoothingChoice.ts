import { element } from "../parts/dom.js";
import { smoothingNames, smoothings } from "../state/smoothings.js";
import type { StepView } from "../state/stepView.js";

/** Choice of how curves are smoothed for the eye; the raw ones stay, faint. */
export function smoothingChoice(view: StepView): HTMLElement {
  const select = element(
    "select",
    {},
    ...smoothingNames.map((name) =>
      element("option", { value: name, selected: name === view.smoothing }, smoothings[name].words),
    ),
  );
  select.addEventListener("change", () => {
    const chosen = smoothingNames.find((name) => name === select.value);
    if (chosen !== undefined) view.setSmoothing(chosen);
  });
  view.subscribe((change) => {
    if (change === "smoothing") select.value = view.smoothing;
  });
  return element(
    "label",
    { class: "smoothing", title: "For the eye only: transitions are found in the raw values." },
    "curves ",
    select,
  );
}
