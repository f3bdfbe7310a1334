const svgNamespace = "http://www.w3.org/2000/svg";

const size = { width: 96, height: 18 } as const;

/** A curve of percentages over the steps in the size of a word; gaps stay gaps. It repeats what the numbers say. */
export function sparkline(
  { steps, emPercent }: { readonly steps: readonly number[]; readonly emPercent: readonly (number | null)[] },
  [first, last]: readonly [number, number],
): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", pathOf(steps, emPercent, [first, last]));
  svg.append(path);
  return svg;
}

/** Line through the values of neighbouring steps, from the bottom (0 %) to the top (100 %). */
export function pathOf(
  steps: readonly number[],
  percent: readonly (number | null)[],
  [first, last]: readonly [number, number],
): string {
  let isDown = false;
  return steps
    .flatMap((step, index) => {
      const value = percent[index] ?? null;
      if (value === null) {
        isDown = false;
        return [];
      }
      const x = ((step - first) / Math.max(1, last - first)) * size.width;
      const y = 1 + (1 - value / 100) * (size.height - 2);
      const command = isDown ? "L" : "M";
      isDown = true;
      return [`${command}${x.toFixed(1)} ${y.toFixed(1)}`];
    })
    .join("");
}
