/**
 * Brings the curve of a name forward in every plot under an element, and in the readouts beside them; all alike again
 * for null. Nothing is drawn again.
 */
export function bringForward(root: HTMLElement, name: string | null): void {
  for (const plot of root.querySelectorAll<HTMLElement>(".js-plotly-plot")) {
    for (const trace of plot.querySelectorAll<SVGGElement>(".scatterlayer > .trace")) {
      const isOther = name !== null && traceName(trace) !== name;
      trace.style.opacity = isOther ? "0.12" : "1";
    }
  }
  for (const row of root.querySelectorAll<HTMLElement>(".readout dl > div")) {
    const isIt = name !== null && row.querySelector("dt span")?.textContent === name;
    row.classList.toggle("forward", isIt);
    // Only within the readout: the page stays where it is.
    if (isIt && row.parentElement !== null)
      row.parentElement.scrollTop = row.offsetTop - row.parentElement.offsetTop;
  }
}

/** Name of the curve that plotly has drawn into an element, or of the curve that the band there is of. */
function traceName(trace: SVGGElement): string | null {
  const data: unknown = "__data__" in trace ? trace.__data__ : undefined;
  const points: readonly unknown[] = Array.isArray(data) ? data : [];
  const drawn = fieldOf(points[0], "trace");
  const name = fieldOf(drawn, "name");
  return typeof name === "string" ? name.replace(/, (lower|upper) bound$/, "") : null;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
