import type { PlotlyRecord, PlotlyTrace } from "../../figures/figure.js";
import type { FigureEntry, ServedFigure } from "../../server/schemas/figures.js";
import { button, element } from "../parts/dom.js";
import { thinSpace } from "../parts/numberWords.js";
import { plainLook } from "../state/axisLook.js";
import { linkToFigure } from "../state/figureLink.js";
import { FigureShelf } from "../state/figureShelf.js";
import type { AdapterChoice } from "../state/adapterChoice.js";
import { figureAbout } from "./figureAbout.js";
import { figureMenu } from "./menu/figureMenu.js";
import { showLinked } from "./menu/showLinked.js";
import { cellFrame, cellName, ofQuantity, quantitySwitch } from "./mapCells.js";
import { followDrags, spaceSwitch } from "./spaceControls.js";
import { spaceLayout, spaceTraces } from "./spacePath.js";
import { loadPlotly, type PlotElement, type PlotPoint } from "./plotly.js";
import { numbersAt, recordAt, recordsAt, textAt } from "./plotlyValues.js";
import { nearestStep } from "../state/steps.js";
import type { FigureServices } from "./stepRow.js";
import type { StepView } from "../state/stepView.js";

const plotHeight = 400;

type Drawn = Pick<ServedFigure, "data" | "layout">;

/** Plot of a figure whose axes are not the step axis: the path of a direction, a step × step map, or one of adapters. */
export class PlanePlot {
  readonly id: string;
  readonly root: HTMLElement;
  readonly #isSpatial: boolean;
  readonly #view: StepView;
  readonly #heading = element("h2");
  readonly #target = element("div", { class: "plot", style: `height:${plotHeight}px`, role: "img" });
  readonly #shelf = new FigureShelf();
  #about: HTMLElement = element("details");
  readonly #services: FigureServices;
  readonly #adapters: AdapterChoice | null;
  #figure: ServedFigure | null = null;
  #shown: Drawn | null = null;
  #plot: PlotElement | null = null;
  /** True once something is being drawn in place of the words that the figure is awaited. */
  #isBegun = false;

  /** @param adapters choice among the cells of the map; null where its cells are none */
  constructor(
    { id, title, isSpatial }: FigureEntry,
    view: StepView,
    services: FigureServices,
    adapters: AdapterChoice | null = null,
  ) {
    this.id = id;
    this.#isSpatial = isSpatial;
    this.#view = view;
    this.#services = services;
    this.#adapters = adapters;
    this.#heading.textContent = title;
    this.#target.setAttribute("aria-label", title);
    this.root = element(
      "section",
      { class: "plane", "data-figure": id, "aria-label": title },
      element(
        "header",
        {},
        this.#heading,
        isSpatial ? spaceSwitch(view) : null,
        adapters && quantitySwitch(adapters),
        button("show", () => this.#fold(false), { label: `show ${title}`, className: "unfold" }),
        figureMenu(title, {
          onSave: (form) => services.onDownload(form, (figure) => this.#asShown(figure)),
          onFullScreen: () => void this.root.requestFullscreen(),
          link: () => linkToFigure({ id, look: plainLook }),
          onFold: () => this.#fold(true),
        }),
      ),
      this.#target,
      this.#about,
    );
    this.root.classList.toggle("folded", this.#isFolded);
    this.root.addEventListener("fullscreenchange", () => {
      this.#target.style.height = `${this.#height()}px`;
      if (this.#figure !== null) void this.#draw(this.#figure);
    });
  }

  get #isFolded(): boolean {
    return this.#shelf.isFolded(this.id);
  }

  #height(): number {
    return document.fullscreenElement === this.root ? Math.max(240, window.innerHeight - 100) : plotHeight;
  }

  #fold(isFolded: boolean): void {
    this.#shelf.setFolded(this.id, isFolded);
    this.root.classList.toggle("folded", isFolded);
    this.root.querySelector<HTMLElement>(isFolded ? ".unfold" : ".menu > summary")?.focus();
    if (!isFolded && this.#figure !== null) void this.#draw(this.#figure);
  }

  /** The figure as the reader sees it: a map of many quantities in the one that is chosen. */
  #asShown(figure: ServedFigure): ServedFigure {
    return this.#adapters === null
      ? figure
      : { ...figure, data: ofQuantity(figure.data, this.#adapters.quantity) };
  }

  /** Shows in the place of the figure why it is not there yet. */
  setAwaited(awaited: string | null): void {
    if (awaited === null || this.#figure !== null) return;
    this.#target.replaceChildren(element("p", { class: "awaited" }, awaited));
  }

  /** Takes the figure, or a new version of it, and draws it. */
  async setFigure(figure: ServedFigure): Promise<void> {
    this.#figure = figure;
    this.#heading.textContent = figure.meta.title;
    this.#target.setAttribute("aria-label", `${figure.meta.title}. ${figure.meta.summary}`);
    const about = figureAbout(figure, this.#about, this.#services.tableOf);
    this.#about.replaceWith(about);
    this.#about = about;
    await this.#draw(figure);
  }

  async #draw(figure: ServedFigure): Promise<void> {
    const plotly = await loadPlotly();
    if (this.#isFolded) return;
    const drawn = await this.#drawn(figure);
    // Set before the drawing, which another may overtake.
    const isFirst = !this.#isBegun;
    this.#isBegun = true;
    if (isFirst) this.#target.replaceChildren();
    this.#plot = await plotly.react(this.#target, drawn.data, this.#layout(drawn), {
      displayModeBar: false,
      responsive: true,
      showTips: false,
    });
    this.#shown = drawn;
    showLinked(this);
    if (!isFirst) return;
    if (this.#adapters !== null) {
      this.#followCells(this.#plot, this.#adapters);
      return;
    }
    if (this.#isSpatial) {
      this.#view.subscribe((change) => {
        if (change === "camera" && this.#figure !== null) void this.#draw(this.#figure);
      });
      followDrags(this.#target, this.#view);
    }
    const stepOf = (points: readonly PlotPoint[]): number | null => {
      const step = points[0]?.customdata ?? points[0]?.x;
      return typeof step === "number" ? step : null;
    };
    this.#plot.on("plotly_click", ({ points }) => {
      const step = stepOf(points);
      if (step !== null) this.#view.choose(step);
    });
    this.#plot.on("plotly_hover", ({ points }) => this.#view.setHover(stepOf(points)));
    this.#plot.on("plotly_unhover", () => this.#view.setHover(null));
  }

  /** Chooses the adapter of a cell that is clicked, and marks the one that is shown. */
  #followCells(plot: PlotElement, adapters: AdapterChoice): void {
    plot.on("plotly_click", ({ points }) => {
      const name = cellName(points);
      if (name !== null) adapters.choose(name);
    });
    adapters.subscribe((change) => {
      if (change === "adapter") void this.mark();
      else if (this.#figure !== null) void this.#draw(this.#figure);
    });
  }

  /** Marks the shown step and the stretch that is looked at; only shapes change, so that this is cheap. */
  async mark(): Promise<void> {
    if (this.#plot === null || this.#figure === null) return;
    await (await loadPlotly()).relayout(this.#target, { shapes: this.#shapes(this.#shown ?? this.#figure) });
  }

  /** Figure as it is served, its path in three dimensions, or its map in the colours of one quantity. */
  async #drawn(figure: ServedFigure): Promise<Drawn> {
    const { camera } = this.#view;
    if (this.#adapters !== null) return { ...figure, data: ofQuantity(figure.data, this.#adapters.quantity) };
    if (!this.#isSpatial || camera === null) return figure;
    const color = textAt(recordAt(figure.layout, "font"), "color", "#888888");
    const data = spaceTraces(figure.data, await this.#services.tableOf(), camera, color);
    return data === null ? figure : { data, layout: spaceLayout(figure.layout) };
  }

  #layout(figure: Drawn): PlotlyRecord {
    const axis = (name: "xaxis" | "yaxis"): PlotlyRecord => ({
      ...recordAt(figure.layout, name),
      exponentformat: "none",
    });
    return {
      dragmode: "pan",
      ...figure.layout,
      xaxis: axis("xaxis"),
      yaxis: axis("yaxis"),
      separators: `.${thinSpace}`,
      title: undefined,
      height: this.#height(),
      margin: { l: 56, r: 76, t: 28, b: 48 },
      // The reader's own pan and zoom outlast new data.
      uirevision: `${this.id} ${String(this.#view.camera === null)}`,
      shapes: this.#shapes(figure),
    };
  }

  #shapes({ layout, data }: Drawn): readonly PlotlyRecord[] {
    const own = recordsAt(layout, "shapes");
    const line = { color: textAt(recordAt(layout, "font"), "color", "#888888"), width: 1 };
    if (this.#adapters !== null)
      return [
        ...own,
        ...cellFrame(data[0], this.#adapters.shown, {
          line: line.color,
          edge: textAt(layout, "paper_bgcolor", "#ffffff"),
        }),
      ];
    const path = data.find((trace) => trace.customdata !== undefined);
    const step = this.#view.shown;
    if (path !== undefined) {
      const steps = numbersAt(path, "customdata");
      const index = steps.indexOf(nearestStep(steps, step));
      const [x, y] = [numbersAt(path, "x")[index] ?? NaN, numbersAt(path, "y")[index] ?? NaN];
      const stretch = this.#stretch(path, steps, line.color);
      if (!Number.isFinite(x) || !Number.isFinite(y)) return [...own, ...stretch];
      return [...own, ...stretch, ring(x, y, { ...line, width: 2 })];
    }
    if (data[0]?.type !== "heatmap") return own;
    const { zoom } = this.#view;
    const frame =
      zoom === null
        ? []
        : [{ type: "rect", x0: zoom[0], x1: zoom[1], y0: zoom[0], y1: zoom[1], line: { ...line, width: 2 } }];
    const across = { type: "line", xref: "paper", yref: "y", x0: 0, x1: 1, y0: step, y1: step, line };
    const down = { type: "line", xref: "x", yref: "paper", x0: step, x1: step, y0: 0, y1: 1, line };
    return [...own, ...frame, { ...across, xref: "x domain" }, { ...down, yref: "y domain" }];
  }

  /** Shape of the part of a path that belongs to the stretch of steps that is looked at, drawn bold beneath it. */
  #stretch(path: PlotlyTrace, steps: readonly number[], color: string): PlotlyRecord[] {
    const { zoom } = this.#view;
    if (zoom === null) return [];
    const [x, y] = [numbersAt(path, "x"), numbersAt(path, "y")];
    const points = steps
      .map((step, index) => ({ step, x: x[index] ?? NaN, y: y[index] ?? NaN }))
      .filter((each) => each.step >= zoom[0] && each.step <= zoom[1])
      .filter((each) => Number.isFinite(each.x) && Number.isFinite(each.y))
      .map((each) => `${each.x} ${each.y}`);
    if (points.length < 2) return [];
    const line = { color, width: 4 };
    return [{ type: "path", path: `M${points.join("L")}`, layer: "below", line }];
  }
}

function ring(x: number, y: number, line: PlotlyRecord): PlotlyRecord {
  return {
    type: "circle",
    xsizemode: "pixel",
    ysizemode: "pixel",
    xanchor: x,
    yanchor: y,
    x0: -8,
    x1: 8,
    y0: -8,
    y1: 8,
    line,
  };
}
