import { Shortcuts } from "../../parts/shortcuts.js";
import type { ThemeChoice } from "../../parts/theme.js";
import { scaledRange, stepBy } from "../../state/steps.js";
import type { StepView } from "../../state/stepView.js";

/** Adds the keys of a comparison. */
export function compareShortcuts(viewOf: () => StepView | null, theme: ThemeChoice): Shortcuts {
  const withView = (run: (view: StepView) => void) => (): void => {
    const view = viewOf();
    if (view !== null) run(view);
  };
  const move = (count: number): (() => void) =>
    withView((view) => view.choose(stepBy(view.steps, view.step, count)));
  const zoomBy = (factor: number): (() => void) =>
    withView((view) => view.setZoom(scaledRange(view.range, view.step, factor, view.whole)));
  return new Shortcuts(
    [
      { keys: ["ArrowLeft"], words: "cursor one position back", run: move(-1) },
      { keys: ["ArrowRight"], words: "cursor one position on", run: move(1) },
      { keys: ["Shift+ArrowLeft"], words: "ten back", run: move(-10) },
      { keys: ["Shift+ArrowRight"], words: "ten on", run: move(10) },
      { keys: ["Home"], words: "first position", run: withView((view) => view.choose(-Infinity)) },
      { keys: ["End"], words: "last position", run: withView((view) => view.choose(Infinity)) },
      { keys: ["+", "="], words: "zoom in about the cursor", run: zoomBy(0.5) },
      { keys: ["-"], words: "zoom out", run: zoomBy(2) },
      { keys: ["0"], words: "the whole axis", run: withView((view) => view.setZoom(null)) },
      { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
    ],
    [
      ["drag", "zoom into a stretch"],
      ["double click", "the whole axis"],
      ["click", "move the cursor, in any plot"],
      ["click a swatch", "draw a curve or not"],
    ],
  );
}
