import type { AdaptersPanel } from "./adaptersPanel.js";
import type { Scrubber } from "../../plots/scrubber.js";
import { goTo } from "../../parts/dom.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import { scaledRange } from "../../state/steps.js";
import type { StepView } from "../../state/stepView.js";
import type { ThemeChoice } from "../../parts/theme.js";

/** Places of the page that a key leads to; null where one is not there. */
export interface RunPlaces {
  readonly answers: () => HTMLElement | null;
  readonly figures: () => HTMLElement | null;
  readonly timeline: () => HTMLElement | null;
}

/** Adds the keys of a run's page. @param list of the adapters of a run with many, wherever it is shown */
export function runShortcuts(
  view: StepView,
  scrubber: Scrubber,
  theme: ThemeChoice,
  list: AdaptersPanel,
  places: RunPlaces,
): Shortcuts {
  const jump = (place: () => HTMLElement | null): void => {
    const target = place();
    if (target !== null) goTo(target);
  };
  const zoomBy = (factor: number): void =>
    view.setZoom(scaledRange(view.range, view.step, factor, view.whole));
  return new Shortcuts(
    [
      { keys: ["ArrowLeft"], words: "one step back", run: () => scrubber.move(-1) },
      { keys: ["ArrowRight"], words: "one step on", run: () => scrubber.move(1) },
      { keys: ["Shift+ArrowLeft"], words: "ten steps back", run: () => scrubber.move(-10) },
      { keys: ["Shift+ArrowRight"], words: "ten steps on", run: () => scrubber.move(10) },
      { keys: ["Home"], words: "first step", run: () => view.choose(-Infinity) },
      { keys: ["End"], words: "last step", run: () => view.choose(Infinity) },
      { keys: ["["], words: "previous transition", run: () => scrubber.jump(-1) },
      { keys: ["]"], words: "next transition", run: () => scrubber.jump(1) },
      { keys: [" "], words: "play or stop", run: () => scrubber.togglePlay() },
      { keys: ["+", "="], words: "zoom in about the step", run: () => zoomBy(0.5) },
      { keys: ["-"], words: "zoom out", run: () => zoomBy(2) },
      { keys: ["0"], words: "whole run", run: () => view.setZoom(null) },
      { keys: ["l"], words: "follow the newest step, or stay", run: () => view.setFollows(!view.follows) },
      { keys: ["t"], words: "to the time line", run: () => jump(places.timeline) },
      { keys: ["f"], words: "to the figures", run: () => jump(places.figures) },
      { keys: ["a"], words: "to the answers", run: () => jump(places.answers) },
      { keys: ["/"], words: "search the adapters, where there are many", run: () => list.focus() },
      { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
    ],
    [
      ["drag", "zoom into a stretch of steps"],
      ["Shift + drag", "move along the steps"],
      ["double click", "whole run"],
      ["click", "choose a step, in any plot"],
      ["3D, then drag", "turn the path; ← ↑ → ↓ on the button do too"],
    ],
  );
}
