import { curvesOf, readCurve, type Curve } from "./curves.js";
import type { Figure } from "../../figures/figure.js";
import { element } from "../parts/dom.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/** Strokes for plotly's dashes. */
const strokes: Readonly<Record<string, string>> = { dash: "5 3", dot: "1.5 2.5", solid: "" };

/** The values of a figure's curves at one step; it is the figure's legend as well. */
export class Readout {
  readonly root = element("div", { class: "readout" });
  readonly #onToggle: (key: string, isHidden: boolean) => void;
  readonly #note = element("p", { class: "muted" });
  #rows: { readonly curve: Curve; readonly value: HTMLElement; readonly at: HTMLElement }[] = [];

  /** @param onToggle told the key of a curve that is to be drawn or not */
  constructor(onToggle: (name: string, isHidden: boolean) => void) {
    this.#onToggle = onToggle;
  }

  /**
   * Takes a new version of the figure.
   * @param hidden keys of the curves that are not drawn
   */
  setFigure(figure: Pick<Figure, "data">, hidden: ReadonlySet<string>): void {
    this.#rows = curvesOf(figure).map((curve) => ({
      curve,
      value: element("span"),
      at: element("span", { class: "muted" }),
    }));
    const list = element("dl");
    list.append(
      ...this.#rows.map(({ curve, value, at }) =>
        element(
          "div",
          {},
          element("dt", {}, this.#toggle(curve, hidden.has(curve.key))),
          element("dd", {}, at, value),
        ),
      ),
    );
    this.root.replaceChildren(list, this.#note);
  }

  #toggle(curve: Curve, isHidden: boolean): HTMLButtonElement {
    const made = element(
      "button",
      {
        type: "button",
        class: "curve-toggle",
        "aria-pressed": String(!isHidden),
        title: `${isHidden ? "draw" : "do not draw"} ${curve.name}`,
      },
      swatch(curve),
      element("span", {}, curve.name),
    );
    made.addEventListener("click", () => this.#onToggle(curve.key, !isHidden));
    return made;
  }

  show(step: number): void {
    const readings = this.#rows.map((row) => ({ ...row, reading: readCurve(row.curve, step) }));
    const steps = new Set(readings.map(({ reading }) => reading.step));
    const [shared = null] = steps.size === 1 ? steps : [];
    this.#note.textContent = shared === null ? "" : `at step ${shared}, the nearest measured`;
    for (const { value, at, reading } of readings) {
      value.textContent = reading.text;
      value.classList.toggle("undefined", reading.text === "undefined");
      at.textContent = reading.step === null || shared !== null ? "" : `at ${reading.step}: `;
    }
  }

  /** What is shown, in words. */
  words(): string {
    const values = this.#rows.map(({ curve, value }) => `${curve.name} ${value.textContent}`).join(", ");
    return this.#note.textContent === "" ? values : `${values} (${this.#note.textContent})`;
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
  line.setAttribute("stroke-dasharray", strokes[curve.dash] ?? curve.dash.replaceAll(/px|,/g, " "));
  svg.append(line);
  return svg;
}
