import type { FigureTable } from "../../figures/figure.js";
import type { ServedFigure } from "../../server/schemas/figures.js";
import { printWidth } from "../state/figureShelf.js";
import { csvText } from "./csv.js";

/** Forms in which a figure can be taken away. */
export const downloadForms = ["PNG", "SVG", "CSV", "JSON"] as const;
export type DownloadForm = (typeof downloadForms)[number];

/** Pixels of a PNG to one of CSS: 300 to the inch, as journals ask. */
const pngScale = 300 / 96;

/**
 * Saves a figure: as a picture on a light background, as wide as a column or a page of a paper, with title, legend, key
 * and caption; or its complete table with the words that belong to it. `light` is the figure in the light theme.
 */
export async function downloadFigure(
  form: DownloadForm,
  light: ServedFigure,
  name: string,
  tableOf: () => Promise<FigureTable>,
): Promise<void> {
  switch (form) {
    case "PNG": {
      saveBlob(await pngOf(await svgOf(light)), `${name}.png`);
      return;
    }
    case "SVG": {
      saveText(await svgOf(light), "image/svg+xml", `${name}.svg`);
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

/** The picture as scripts and reports write it; its drawing is loaded when it is first asked for. */
async function svgOf(figure: ServedFigure): Promise<string> {
  const { figureSvg } = await import("../../figures/static/figureSvg.js");
  return figureSvg(figure, { width: printWidth() });
}

async function pngOf(svg: string): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * pngScale);
    canvas.height = Math.round(image.height * pngScale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) =>
        blob === null ? reject(new Error("the picture could not be drawn")) : resolve(blob),
      );
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function saveText(text: string, type: string, name: string): void {
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
