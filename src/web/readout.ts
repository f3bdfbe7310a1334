import { curvesOf, readCurve, type Curve } from "./curves.js";
import type { Figure } from "../figures/figure.js";
import { element } from "./dom.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/** Strokes for plotly's dashes. */
const strokes: Readonly<Record<string, string>> = { dash: "5 3", dot: "1.5 2.5", solid: "" };

/** The values of a figure's curves at one step; it is the figure's legend as well. */
export class Readout {
  readonly root = element("dl", { class: "readout" });
  #rows: { readonly curve: Curve; readonly value: HTMLElement; readonly at: HTMLElement }[] = [];

  /** Takes a new version of the figure. */
  setFigure(figure: Figure): void {
    this.#rows = curvesOf(figure).map((curve) => ({
      curve,
      value: element("span"),
      at: element("span", { class: "muted" }),
    }));
    this.root.replaceChildren(
      ...this.#rows.map(({ curve, value, at }) =>
        element(
          "div",
          {},
          element("dt", { title: curve.name }, swatch(curve), element("span", {}, curve.name)),
          element("dd", {}, at, value),
        ),
      ),
    );
  }

  show(step: number): void {
    for (const { curve, value, at } of this.#rows) {
      const reading = readCurve(curve, step);
      value.textContent = reading.text;
      value.classList.toggle("undefined", reading.text === "undefined");
      at.textContent = reading.step === null ? "" : `at ${reading.step}: `;
    }
  }

  /** What is shown, in words. */
  words(): string {
    return this.#rows.map(({ curve, value }) => `${curve.name} ${value.textContent}`).join(", ");
  }
}

/** A piece of the curve as it is drawn. */
function swatch(curve: Curve): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("viewBox", "0 0 18 8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svgNamespace, "path");
  line.setAttribute("d", "M0 4H18");
  line.setAttribute("stroke", curve.colour);
  line.setAttribute("stroke-width", curve.isArea ? "8" : "2");
  line.setAttribute("stroke-dasharray", strokes[curve.dash] ?? "");
  svg.append(line);
  return svg;
}
