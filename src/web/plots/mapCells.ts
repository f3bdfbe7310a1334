import type { PlotlyRecord, PlotlyTrace } from "../../figures/figure.js";
import { choice } from "../parts/choice.js";
import { element } from "../parts/dom.js";
import { mapQuantities, type AdapterChoice, type MapQuantity } from "../state/adapterChoice.js";
import { listOf } from "./mapRows.js";
import type { PlotPoint } from "./plotly.js";
import { numbersAt } from "./plotlyValues.js";

const quantityWords: Readonly<Record<MapQuantity, string>> = {
  share: "size",
  bend: "bend",
  step: "when",
};

/** Switch between the quantities that the cells of a map can show by colour. */
export function quantitySwitch(adapters: AdapterChoice): HTMLElement {
  const root = element("span", { class: "quantity-switch" });
  const show = (): void => {
    root.replaceChildren(
      choice(
        "colour",
        mapQuantities.map((name) => [name, quantityWords[name]] as const),
        adapters.quantity,
        (quantity) => adapters.setQuantity(quantity),
      ),
    );
  };
  adapters.subscribe((change) => {
    if (change === "quantity") show();
  });
  show();
  return root;
}

/** Traces of a map of cells, of which the one of a quantity is visible. */
export function ofQuantity(data: readonly PlotlyTrace[], quantity: MapQuantity): PlotlyTrace[] {
  return data.map((trace) => ({ ...trace, visible: trace.name === quantity }));
}

/** Name of the adapter of a cell; null where the cell is of none. */
export function cellName(points: readonly PlotPoint[]): string | null {
  const data = points[0]?.customdata;
  const name: unknown = Array.isArray(data) ? data[0] : undefined;
  return typeof name === "string" && name !== "" ? name : null;
}

/** Frame around the cell of an adapter: a line with an edge that is seen on cells of its own colour. */
export function cellFrame(
  trace: PlotlyTrace | undefined,
  name: string | null,
  { line, edge }: { readonly line: string; readonly edge: string },
): PlotlyRecord[] {
  if (trace === undefined || name === null) return [];
  const layers = numbersAt(trace, "y");
  for (const [row, cells] of listOf(trace.customdata).entries()) {
    const column = listOf(cells).findIndex((cell) => listOf(cell)[0] === name);
    const layer = layers[row];
    if (column < 0 || layer === undefined) continue;
    // On an axis of categories positions count from 0.
    const box = { type: "rect", x0: column - 0.5, x1: column + 0.5, y0: layer - 0.5, y1: layer + 0.5 };
    return [
      { ...box, line: { color: edge, width: 5 } },
      { ...box, line: { color: line, width: 2 } },
    ];
  }
  return [];
}
