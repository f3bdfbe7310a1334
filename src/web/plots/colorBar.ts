import type { PlotlyTrace } from "../../figures/figure.js";
import { element } from "../parts/dom.js";
import { listOf, stopsOf } from "./mapRows.js";
import { recordAt, textAt } from "./plotlyValues.js";

/** Colour bar of a map: the scale of its colours with its title and the names of its ends; null for what is no map. */
export function colorBar(trace: PlotlyTrace): HTMLElement | null {
  if (trace.type !== "heatmap") return null;
  const bar = recordAt(trace, "colorbar");
  const stops = stopsOf(trace).map(({ at, color }) => `${color} ${100 * at}%`);
  const names = listOf(bar.ticktext).map(String);
  return element(
    "div",
    { class: "color-bar" },
    element("div", {}, textAt(recordAt(bar, "title"), "text")),
    element(
      "div",
      {},
      element("span", {}, names[0] ?? ""),
      element("span", {
        class: "colors",
        style: `background: linear-gradient(to right, ${stops.join(", ")})`,
      }),
      element("span", {}, names.at(-1) ?? ""),
    ),
  );
}
