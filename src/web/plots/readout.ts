import { colorBar } from "./colorBar.js";
import { noValue, readCurve, readingsOf } from "./curves.js";
import type { Curve } from "./curve.js";
import type { Figure } from "../../figures/figure.js";
import { element } from "../parts/dom.js";
import { grouped } from "../parts/numberWords.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/** Stroke patterns of SVG for plotly's dashes. */
const strokes: Readonly<Record<string, string>> = {
  dash: "5 3",
  dot: "1.5 2.5",
  dashdot: "5 2 1.5 2",
  solid: "",
};

interface Row {
  readonly curve: Curve;
  readonly value: HTMLElement;
  readonly at: HTMLElement;
  readonly swatch: SVGSVGElement;
}

/**
 * Readout of a figure: the values of its curves, or of the rows of its map, at one step. It is the figure's legend as
 * well.
 */
export class Readout {
  readonly root = element("div", { class: "readout" });
  readonly #onToggle: (key: string, isHidden: boolean) => void;
  readonly #note = element("p", { class: "muted" });
  #rows: Row[] = [];

  /** @param onToggle told the key of a curve that is to be drawn or not */
  constructor(onToggle: (name: string, isHidden: boolean) => void) {
    this.#onToggle = onToggle;
  }

  /**
   * Takes a new version of the figure.
   * @param hidden keys of the curves that are not drawn
   */
  setFigure(figure: Pick<Figure, "data">, hidden: ReadonlySet<string>): void {
    this.#rows = readingsOf(figure).map((curve) => ({
      curve,
      value: element("span"),
      at: element("span", { class: "muted" }),
      swatch: swatchOf(curve),
    }));
    const list = element("dl");
    list.append(
      ...this.#rows.map((row) =>
        element(
          "div",
          {},
          // A row of a map cannot be left out of it.
          row.curve.colorOf === null
            ? element("dt", {}, this.#toggle(row, hidden.has(row.curve.key)))
            : element("dt", {}, row.swatch, element("span", {}, row.curve.name)),
          element("dd", {}, row.at, row.value),
        ),
      ),
    );
    const bars = figure.data.flatMap((trace) => colorBar(trace) ?? []);
    this.root.replaceChildren(...bars, list, this.#note);
  }

  #toggle({ curve, swatch }: Row, isHidden: boolean): HTMLButtonElement {
    const made = element(
      "button",
      {
        type: "button",
        class: "curve-toggle",
        "aria-pressed": String(!isHidden),
        title: `${isHidden ? "draw" : "do not draw"} ${curve.name}`,
      },
      swatch,
      element("span", {}, curve.name),
    );
    made.addEventListener("click", () => this.#onToggle(curve.key, !isHidden));
    return made;
  }

  show(step: number): void {
    const readings = this.#rows.map((row) => ({ ...row, reading: readCurve(row.curve, step) }));
    const steps = new Set(readings.map(({ reading }) => reading.step));
    const [shared = null] = steps.size === 1 ? steps : [];
    this.#note.textContent = shared === null ? "" : `at step ${grouped(shared)}, the nearest measured`;
    for (const { curve, value, at, swatch, reading } of readings) {
      if (curve.colorOf !== null) {
        const shown = curve.values.get(reading.step ?? step) ?? NaN;
        swatch.style.visibility = Number.isFinite(shown) ? "visible" : "hidden";
        swatch.firstElementChild?.setAttribute("stroke", curve.colorOf(shown));
      }
      value.textContent = reading.text;
      value.classList.toggle("none", reading.text === noValue);
      value.title = reading.text === noValue ? "no value at this step" : "";
      at.textContent = reading.step === null || shared !== null ? "" : `at ${grouped(reading.step)}: `;
    }
  }

  /** Values that are shown, in words. */
  words(): string {
    const said = ({ value: { textContent } }: Row): string =>
      textContent === noValue ? "without a value" : textContent;
    const values = this.#rows.map((row) => `${row.curve.name} ${said(row)}`).join(", ");
    return this.#note.textContent === "" ? values : `${values} (${this.#note.textContent})`;
  }
}

/** Swatch of a curve: a piece of it as it is drawn. */
function swatchOf(curve: Curve): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("viewBox", "0 0 18 8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svgNamespace, "path");
  line.setAttribute("d", "M0 4H18");
  line.setAttribute("stroke", curve.color);
  line.setAttribute("stroke-width", curve.isArea ? "8" : "2");
  line.setAttribute("stroke-dasharray", strokes[curve.dash] ?? curve.dash.replaceAll(/px|,/g, " "));
  svg.append(line);
  return svg;
}
