import { pathOf, sparkSize } from "./sparkPath.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * Sparkline: a curve of percentages over the steps in the size of a word; gaps stay gaps. It repeats what the numbers
 * say.
 */
export function sparkline(
  { steps, emPercent }: { readonly steps: readonly number[]; readonly emPercent: readonly (number | null)[] },
  [first, last]: readonly [number, number],
): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("viewBox", `0 0 ${sparkSize.width} ${sparkSize.height}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", pathOf(steps, emPercent, [first, last]));
  svg.append(path);
  return svg;
}
