import type { Figure } from "../figure.js";
import { figureSvg, svgWidths, type SvgOptions } from "./figureSvg.js";

/** Draws figures under each other as one SVG, for places that take one picture. */
export function stackedSvg(figures: readonly Figure[], options: Omit<SvgOptions, "ids"> = {}): string {
  const [only] = figures;
  if (only !== undefined && figures.length === 1) return figureSvg(only, options);
  const width = svgWidths[options.width ?? "page"];
  let height = 0;
  const pictures = figures.map((figure, index) => {
    const svg = figureSvg(figure, { ...options, ids: `-${index}` });
    const placed = svg.replace("<svg ", `<svg y="${pixels(height)}" `);
    height += Number(/ height="([\d.]+)mm"/.exec(svg)?.[1] ?? 0);
    return placed;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height.toFixed(2)}mm" viewBox="0 0 ${pixels(width)} ${pixels(height)}">`,
    ...pictures,
    "</svg>\n",
  ].join("\n");
}

/** Millimetres as CSS pixels. */
function pixels(millimeters: number): string {
  return ((millimeters * 96) / 25.4).toFixed(2);
}
