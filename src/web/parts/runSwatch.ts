import type { ServedComparison } from "../../server/schemas/compare.js";

const svgNamespace = "http://www.w3.org/2000/svg";

type Style = ServedComparison["curves"][number]["style"];

/** Swatch of a run: a piece of its line as it is drawn in every plot and export. */
export function runSwatch({ light, dark, dash }: Style): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "run-swatch");
  svg.setAttribute("viewBox", "0 0 36 8");
  svg.setAttribute("aria-hidden", "true");
  svg.style.setProperty("--light", light);
  svg.style.setProperty("--dark", dark);
  const line = document.createElementNS(svgNamespace, "path");
  line.setAttribute("d", "M0 4H36");
  line.setAttribute("stroke-width", "2");
  line.setAttribute("stroke-dasharray", dash === "solid" ? "" : dash.replaceAll(/px|,/g, " "));
  svg.append(line);
  return svg;
}
