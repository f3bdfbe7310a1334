import type { PlotlyRecord } from "../../../figures/figure.js";
import type { ServedFigure } from "../../../server/schemas/figures.js";
import {
  fetchDirections,
  fetchDirectionsTable,
  type CompareRequest,
  type DirectionsRequest,
} from "../../api/compare.js";
import { ApiError } from "../../api/request.js";
import { choice } from "../../parts/choice.js";
import { element } from "../../parts/dom.js";
import type { ThemeChoice } from "../../parts/theme.js";
import { downloadFigure, type DownloadForm } from "../../plots/download.js";
import { downloadMenu, figureAbout } from "../../plots/figureAbout.js";
import { loadPlotly } from "../../plots/plotly.js";

/** Choice of the reader: the kind of direction, and where it is taken. */
interface Chosen {
  readonly direction: "update" | "B" | "misalignment" | "paths";
  readonly isAtCursor: boolean;
}

/** Cosines between the directions of the runs as a map with numbers, of a kind and at a place of choice. */
export class DirectionsPanel {
  readonly root = element("section", { class: "directions", "aria-label": "cosines between runs" });
  readonly #request: CompareRequest;
  readonly #theme: ThemeChoice;
  readonly #cursor: () => number;
  readonly #onChoose: (chosen: Chosen) => void;
  readonly #heading = element("h2", {}, "Cosine between runs");
  readonly #controls = element("div", { class: "plot-controls" });
  readonly #target = element("div", { class: "plot", role: "img" });
  readonly #message = element("p", { class: "muted" });
  #about: HTMLElement = element("details", { class: "about" });
  #chosen: Chosen;
  #asked = 0;

  constructor(options: {
    readonly request: CompareRequest;
    readonly theme: ThemeChoice;
    readonly cursor: () => number;
    readonly chosen: Chosen;
    readonly onChoose: (chosen: Chosen) => void;
  }) {
    this.#request = options.request;
    this.#theme = options.theme;
    this.#cursor = options.cursor;
    this.#chosen = options.chosen;
    this.#onChoose = options.onChoose;
    const height = Math.max(320, Math.min(560, 150 + 56 * options.request.runs.length));
    this.#target.style.height = `${height}px`;
    this.#target.style.maxWidth = `${height + 320}px`;
    this.root.append(
      element(
        "header",
        {},
        this.#heading,
        downloadMenu("cosines between runs", (form) => void this.#save(form)),
      ),
      this.#controls,
      this.#target,
      this.#message,
      this.#about,
    );
    this.#showControls();
  }

  /** Follows the cursor, which has moved. */
  async follow(): Promise<void> {
    if (this.#chosen.isAtCursor) await this.draw();
  }

  /** Asks for the map and draws it; the newest wins. */
  async draw(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const figure = await fetchDirections(this.#request, this.#directions(), this.#theme.theme);
      if (asked !== this.#asked) return;
      await this.#show(figure);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#target.hidden = true;
      this.#about.hidden = true;
      const hint = error instanceof ApiError && error.hint !== undefined ? ` ${error.hint}` : "";
      this.#message.textContent = `${error instanceof Error ? error.message : String(error)}.${hint}`;
    }
  }

  #directions(): DirectionsRequest {
    const { direction, isAtCursor } = this.#chosen;
    return { of: direction, at: isAtCursor ? this.#cursor() : null };
  }

  async #show(figure: ServedFigure): Promise<void> {
    this.#target.hidden = false;
    this.#message.textContent = "";
    this.#heading.textContent = figure.meta.title;
    this.#target.setAttribute("aria-label", `${figure.meta.title}. ${figure.meta.summary}`);
    const about = figureAbout(figure, this.#about, () =>
      fetchDirectionsTable(this.#request, this.#directions()),
    );
    this.#about.replaceWith(about);
    this.#about = about;
    const plotly = await loadPlotly();
    const layout: PlotlyRecord = {
      ...figure.layout,
      title: undefined,
      autosize: true,
      margin: { l: 64, r: 16, t: 8, b: 48 },
      legend: { x: 1.02, y: 1, xanchor: "left", yanchor: "top", font: { size: 12 } },
      dragmode: false,
    };
    await plotly.react(this.#target, figure.data, layout, {
      displayModeBar: false,
      responsive: true,
      showTips: false,
    });
  }

  #showControls(): void {
    const choose = (change: Partial<Chosen>): void => {
      this.#chosen = { ...this.#chosen, ...change };
      this.#onChoose(this.#chosen);
      this.#showControls();
      void this.draw();
    };
    const { direction, isAtCursor } = this.#chosen;
    this.#controls.replaceChildren(
      choice(
        "direction",
        [
          ["update", "ΔW"],
          ["B", "B"],
          ["misalignment", "misaligned − aligned"],
          ["paths", "paths of ΔW, common PCA"],
        ],
        direction,
        (value) => choose({ direction: value }),
      ),
      direction === "paths"
        ? ""
        : choice(
            "at",
            [
              ["end", "last step"],
              ["cursor", "cursor"],
            ],
            isAtCursor ? "cursor" : "end",
            (value) => choose({ isAtCursor: value === "cursor" }),
          ),
    );
  }

  async #save(form: DownloadForm): Promise<void> {
    const figure = await fetchDirections(this.#request, this.#directions(), "light");
    const tableOf = () => fetchDirectionsTable(this.#request, this.#directions());
    await downloadFigure(form, figure, `compare-directions-${this.#chosen.direction}`, tableOf);
  }
}
