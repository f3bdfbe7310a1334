import type { ServedComparison } from "../../../server/schemas/compare.js";
import { choice, choiceList } from "../../parts/choice.js";
import { element } from "../../parts/dom.js";
import type { UrlStateOf } from "../../state/urlState.js";
import type { compareFields } from "../../state/compareFields.js";

type State = UrlStateOf<typeof compareFields>;

/** Controls of how runs are put beside each other; a change takes the cursor and the zoom back, whose axis is gone. */
export function compareControls(
  { indicators, windows, k, curves, runs, leftOut, about }: ServedComparison,
  state: State,
  redo: (changes: Partial<State>) => void,
): HTMLElement {
  const isFoldable = state.fold ? curves.length < runs.length : hasSeeds(runs);
  return element(
    "div",
    { class: "compare-controls" },
    choice(
      "align by",
      [
        ["step", "step"],
        ["relativeStep", "share of run"],
        ...(indicators.length === 0 ? [] : [["transition", "transition"] as const]),
      ],
      state.align,
      (align) => redo({ align, at: null, zoom: null }),
    ),
    state.align !== "transition"
      ? null
      : choiceList(
          "at 0",
          indicators.map(({ name, words }) => [name, words] as const),
          state.by,
          (by) => redo({ by, at: null, zoom: null }),
        ),
    choice(
      "seeds",
      [
        ["each", "each"],
        ["mean", "mean and band"],
      ],
      state.fold ? "mean" : "each",
      (value) => redo({ fold: value === "mean", off: [] }),
    ),
    !state.fold || !isFoldable
      ? null
      : choice(
          "band",
          [
            ["interval", "95 % of the mean"],
            ["deviation", "± 1 sd"],
            ["range", "range"],
          ],
          state.band,
          (band) => redo({ band }),
        ),
    windows.length < 2
      ? null
      : choice(
          "local cosine k",
          windows.map((each) => [String(each), String(each)] as const),
          String(k ?? ""),
          (value) => redo({ k: Number(value) }),
        ),
    about === "" ? null : element("p", { class: "left-out" }, about),
    leftOut.length === 0
      ? null
      : element(
          "p",
          { class: "left-out" },
          element("b", {}, "Left out: "),
          leftOut.map(({ id, reason }) => `${id} (${reason})`).join("; "),
        ),
    isFoldable || !state.fold
      ? null
      : element(
          "p",
          { class: "left-out" },
          "No two of these runs differ in nothing but the seed: nothing to fold.",
        ),
  );
}

function hasSeeds(runs: ServedComparison["runs"]): boolean {
  return new Set(runs.map(({ recipe }) => recipe)).size < runs.length;
}
