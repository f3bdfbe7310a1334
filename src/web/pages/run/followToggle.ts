import { button } from "../../parts/dom.js";
import type { StepView } from "../../state/stepView.js";

/** Switch by which the cursor follows the newest step of a run that is being written. */
export function followToggle(view: StepView): HTMLButtonElement {
  const toggle = button("follow", () => view.setFollows(!view.follows), {
    title: "choose the newest step as it comes (l)",
  });
  const show = (): void => toggle.setAttribute("aria-pressed", String(view.follows));
  show();
  view.subscribe((change) => {
    if (change === "follows") show();
  });
  return toggle;
}
