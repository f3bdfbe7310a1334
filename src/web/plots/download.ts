import type { FigureTable, PlotlyTrace } from "../../figures/figure.js";
import type { ServedFigure } from "../../server/schemas/figures.js";
import { csvText } from "./csv.js";
import { loadPlotly } from "./plotly.js";

/** Forms in which a figure can be taken away. */
export const downloadForms = ["PNG", "SVG", "CSV", "JSON"] as const;
export type DownloadForm = (typeof downloadForms)[number];

/**
 * Saves a figure: as a picture on a light background with title and legend, or its complete table with the
 * words that belong to it. `light` is the figure in the light theme.
 */
export async function downloadFigure(
  form: DownloadForm,
  light: ServedFigure,
  name: string,
  tableOf: () => Promise<FigureTable>,
): Promise<void> {
  switch (form) {
    case "PNG": {
      save(await picture(light, "png"), `${name}.png`);
      return;
    }
    case "SVG": {
      save(await picture(light, "svg"), `${name}.svg`);
      return;
    }
    case "CSV": {
      saveText(csvText(await tableOf()), "text/csv", `${name}.csv`);
      return;
    }
    case "JSON": {
      const meta = { ...light.meta, rows: undefined, table: await tableOf() };
      const whole = { data: light.data, layout: light.layout, meta };
      saveText(`${JSON.stringify(whole, null, 1)}\n`, "application/json", `${name}.json`);
      return;
    }
  }
}

/** Saves a table that belongs to no figure. */
export function saveTable(form: "CSV" | "JSON", table: FigureTable, name: string): void {
  if (form === "CSV") saveText(csvText(table), "text/csv", `${name}.csv`);
  else saveText(`${JSON.stringify(table, null, 1)}\n`, "application/json", `${name}.json`);
}

async function picture(figure: ServedFigure, format: "png" | "svg"): Promise<string> {
  const plotly = await loadPlotly();
  const isPlane = (trace: PlotlyTrace): boolean => trace.type === "heatmap" || trace.customdata !== undefined;
  const isSquare = !figure.onStepAxis && figure.data.some(isPlane);
  const size = isSquare ? { width: 720, height: 640 } : { width: 960, height: 420 };
  return plotly.toImage(figure, { format, ...size, scale: format === "png" ? 3 : 1 });
}

function saveText(text: string, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
