import type { FigureTable, PlotlyRecord } from "../../figures/figure.js";
import { eventMark } from "../../figures/style/eventKeys.js";
import { lettersApart } from "../../figures/style/lettersApart.js";
import type { FigureEntry, ServedFigure } from "../../server/schemas/figures.js";
import { button, element } from "../parts/dom.js";
import { grouped, thinSpace } from "../parts/numberWords.js";
import { linkToFigure } from "../state/figureLink.js";
import type { FigureShelf } from "../state/figureShelf.js";
import type { DownloadForm } from "./download.js";
import { figureAbout } from "./figureAbout.js";
import { fittingTexts } from "./fittingTexts.js";
import { figureMenu } from "./menu/figureMenu.js";
import { loadPlotly, type PlotElement } from "./plotly.js";
import { recordAt, recordsAt, textAt } from "./plotlyValues.js";
import { canBeLog, withLook } from "./menu/shownAxis.js";
import { withoutBars } from "./mapRows.js";
import { Readout } from "./readout.js";
import { withoutCurves } from "./curves.js";
import type { StepRange } from "../state/steps.js";
import type { StepView } from "../state/stepView.js";
import { withoutHidden, type DrawnTransition } from "./transitions.js";

/** Space beside the plots of the stack, the same for all, so that one line is one step in all of them. */
export const plotMargin = { left: 56, right: 52 } as const;

/** Extra height of the row that carries the step axis. */
const axisHeight = 36;

/** Services of the page to a plot: its data, a closer look and downloads. */
export interface FigureServices {
  /** Saves the figure. `asShown` makes of it what the reader sees: the same curves, stretch and value axis. */
  readonly onDownload: (form: DownloadForm, asShown: (figure: ServedFigure) => ServedFigure) => void;
  /** Fetches the complete data behind the figure. */
  readonly tableOf: () => Promise<FigureTable>;
  /** Fetches the figure over the view's stretch, with every point that can be told apart there. */
  readonly figureOver: (range: StepRange | null) => Promise<ServedFigure>;
}

/** Place of a row among the others. */
interface RowPlace {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** A row's place among the others, which the stack keeps. */
interface RowOptions extends FigureServices, RowPlace {
  readonly shelf: FigureShelf;
  readonly onMove: (by: -1 | 1) => void;
  /** Called after the row was folded or opened. */
  readonly onFold: () => void;
}

/**
 * Row of the stack with one figure: title and units, the plot, the readout beside it, the caption under it. Its place
 * is kept before its figure is there.
 */
export class StepRow {
  readonly id: string;
  readonly root: HTMLElement;
  readonly #view: StepView;
  readonly #options: RowOptions;
  #place: RowPlace;
  readonly #isTall: boolean;
  readonly #heading = element("h2");
  readonly #units = element("span", { class: "muted" });
  readonly #target = element("div", { class: "plot" });
  readonly #readout: Readout;
  readonly #menu: HTMLDetailsElement;
  #about: HTMLElement = element("details", { class: "about" });
  #figure: ServedFigure | null = null;
  #transitions: readonly DrawnTransition[] = [];
  #plot: PlotElement | null = null;
  /** True once something is being drawn in place of the words that the figure is awaited. */
  #isBegun = false;
  /** State of the drawing: on which side of their step annotations are, and which stretch. */
  #sides = "";
  #range: StepRange = [NaN, NaN];

  constructor({ id, title, isTall }: FigureEntry, view: StepView, options: RowOptions) {
    this.id = id;
    this.#readout = new Readout((name, isHidden) => view.setCurveHidden(curveKey(id, name), isHidden));
    this.#isTall = isTall;
    this.#view = view;
    this.#options = options;
    this.#place = options;
    this.#heading.textContent = title;
    this.#target.style.height = `${this.#height()}px`;
    this.#target.setAttribute("role", "img");
    this.#target.setAttribute("aria-label", title);
    this.#menu = figureMenu(title, {
      onSave: (form) => options.onDownload(form, (figure) => this.#asShown(figure)),
      axis: {
        look: () => options.shelf.lookOf(id),
        canBeLog: () => this.#figure !== null && canBeLog(this.#figure.data),
        onLook: (look) => {
          options.shelf.setLook(id, look);
          void this.draw();
        },
      },
      onFullScreen: () => void this.root.requestFullscreen(),
      link: () => linkToFigure({ id, look: options.shelf.lookOf(id) }),
      onMove: options.onMove,
      onFold: () => this.#fold(true),
    });
    this.root = element(
      "section",
      { class: "step-row", "data-figure": id, "aria-label": title },
      element(
        "header",
        {},
        element("div", {}, this.#heading, this.#units),
        button("show", () => this.#fold(false), { label: `show ${title}`, className: "unfold" }),
        this.#menu,
      ),
      this.#target,
      this.#readout.root,
      this.#about,
    );
    this.root.classList.toggle("folded", this.isFolded);
    this.root.addEventListener("fullscreenchange", () => {
      this.#target.style.height = `${this.#height()}px`;
      void this.draw();
    });
  }

  /** True where the reader has hidden the figure: one line is left of it. */
  get isFolded(): boolean {
    return this.#options.shelf.isFolded(this.id);
  }

  #fold(isFolded: boolean): void {
    this.#options.shelf.setFolded(this.id, isFolded);
    this.root.classList.toggle("folded", isFolded);
    this.#options.onFold();
    const next = this.root.querySelector<HTMLElement>(isFolded ? ".unfold" : ".menu > summary");
    next?.focus();
    if (!isFolded) void this.draw();
  }

  /** Shows in the place of the figure why it is not there yet. */
  setAwaited(awaited: string | null): void {
    if (awaited === null || this.#figure !== null) return;
    this.#target.replaceChildren(element("p", { class: "awaited" }, awaited));
  }

  /** Takes another place among the rows; the last one has the step axis. */
  setPlace(place: RowPlace): void {
    const { isFirst, isLast } = this.#place;
    if (place.isFirst === isFirst && place.isLast === isLast) return;
    this.#place = place;
    this.#target.style.height = `${this.#height()}px`;
    void this.draw();
  }

  /** Takes a new version of the figure: new steps, or another theme. */
  setFigure(figure: ServedFigure, transitions: readonly DrawnTransition[]): void {
    const isNew = figure.meta.caption !== this.#figure?.meta.caption;
    this.#figure = figure;
    this.#transitions = transitions;
    this.#heading.textContent = figure.meta.title;
    this.#units.textContent = `${unitWords(figure.layout)}${pointWords(figure)}`;
    this.#target.setAttribute("aria-label", `${figure.meta.title}. ${figure.meta.summary}`);
    if (isNew) {
      const about = figureAbout(figure, this.#about, this.#options.tableOf);
      this.#about.replaceWith(about);
      this.#about = about;
    }
    this.#readout.setFigure(figure, this.#hiddenCurves());
    this.#readout.show(this.#view.shown);
  }

  /** Draws the figure, where it is there, over the stretch of the view. */
  async draw(): Promise<void> {
    const plotly = await loadPlotly();
    if (this.#figure === null || this.isFolded) return;
    // Set before the drawing, which another may overtake.
    const isFirst = !this.#isBegun;
    this.#isBegun = true;
    if (isFirst) this.#target.replaceChildren();
    const width = this.#target.clientWidth - plotMargin.left - plotMargin.right;
    const bare = withoutBars(withoutCurves(this.#figure.data, this.#hiddenCurves()));
    const data = fittingTexts(bare, this.#view.range, width);
    this.#plot = await plotly.react(this.#target, data, this.#layout(this.#figure), {
      displayModeBar: false,
      responsive: true,
      doubleClick: false,
      showTips: false,
    });
    if (!isFirst) return;
    this.#plot.on("plotly_relayout", (change) => {
      const [low, high] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (typeof low !== "number" || typeof high !== "number") return;
      this.#range = [low, high];
      this.#view.setZoom([low, high]);
    });
    this.#plot.on("plotly_doubleclick", () => this.#view.setZoom(null));
  }

  /**
   * Moves the step axis to the view's stretch, where it is not there yet. Annotations are set only where one changes
   * sides: an axis alone moves in a third of the time.
   */
  async zoom(): Promise<void> {
    if (this.#plot === null || this.#figure === null) return;
    const { range } = this.#view;
    const annotations = this.#annotations(this.#figure);
    const sides = sidesOf(annotations);
    const isTurned = sides !== this.#sides;
    if (!isTurned && range[0] === this.#range[0] && range[1] === this.#range[1]) return;
    this.#sides = sides;
    this.#range = range;
    // A list, not two fields: the listener above must not take it for the reader's own zoom.
    const change = { "xaxis.range": [...range], ...(isTurned ? { annotations } : {}) };
    await (await loadPlotly()).relayout(this.#target, change);
  }

  /** Asks for the points that were left out and can be told apart in the view's stretch. */
  async refine(): Promise<void> {
    if (this.#figure === null || this.#figure.meta.points.drawn === this.#figure.meta.points.stored) return;
    const { zoom } = this.#view;
    const before = this.#figure;
    const figure = await this.#options.figureOver(zoom);
    // Meanwhile the reader may look elsewhere, or new data or the other theme be there.
    if (zoom !== this.#view.zoom || before !== this.#figure) return;
    this.setFigure(figure, this.#transitions);
    await this.draw();
  }

  /** Draws again with the curves that are wanted now. */
  async chooseCurves(): Promise<void> {
    if (this.#figure === null) return;
    const hidden = this.#hiddenCurves();
    const before = this.#readout.root.querySelectorAll(".curve-toggle[aria-pressed=false]").length;
    if (before === 0 && hidden.size === 0) return;
    this.#readout.setFigure(this.#figure, hidden);
    this.#readout.show(this.#view.shown);
    await this.draw();
  }

  #hiddenCurves(): ReadonlySet<string> {
    const start = curveKey(this.id, "");
    const own = [...this.#view.curves].filter((key) => key.startsWith(start));
    return new Set(own.map((key) => key.slice(start.length)));
  }

  /** Reads out the shown step. */
  read(): void {
    this.#readout.show(this.#view.shown);
  }

  /** Readout in words. */
  words(): string {
    return this.#readout.words();
  }

  #height(): number {
    // Alone on the screen, with room for heading, readout and caption.
    if (document.fullscreenElement === this.root) return Math.max(240, window.innerHeight - 140);
    const height = this.#isTall ? 240 : this.#place.isFirst ? 192 : 148;
    return height + (this.#place.isLast ? axisHeight : 0);
  }

  /** Annotations beside their step, where a cursor does not hide them; before it, where they would leave the plot. */
  #annotations({ layout }: ServedFigure): PlotlyRecord[] {
    const [low, high] = this.#view.range;
    const bare = withoutHidden(layout, this.#transitions, this.#view.hidden);
    const width = this.#target.clientWidth - plotMargin.left - plotMargin.right;
    const notes = recordsAt(bare, "annotations").map((each) => {
      if (each.name === eventMark) return each;
      const isLong = textAt(each, "text").length > 2;
      const isLate = isLong && typeof each.x === "number" && each.x > low + 0.75 * (high - low);
      return { ...each, xanchor: isLate ? "right" : "left", xshift: isLate ? -3 : 3 };
    });
    return lettersApart(notes, { range: [low, high] }, width);
  }

  /** The figure as the reader sees it: curves and letters that are hidden are left out. */
  #asShown(figure: ServedFigure): ServedFigure {
    const { zoom, hidden } = this.#view;
    const bare = withoutHidden(figure.layout, this.#transitions, hidden);
    const looked = withLook(bare, figure.data, this.#options.shelf.lookOf(this.id));
    const xaxis = { ...recordAt(looked, "xaxis"), ...(zoom === null ? {} : { range: [...zoom] }) };
    return {
      ...figure,
      data: withoutCurves(figure.data, this.#hiddenCurves()),
      layout: { ...looked, xaxis },
    };
  }

  #layout(figure: ServedFigure): PlotlyRecord {
    const layout = withLook(figure.layout, figure.data, this.#options.shelf.lookOf(this.id));
    const { isLast } = this.#place;
    const bare = withoutHidden(layout, this.#transitions, this.#view.hidden);
    const xaxis = recordAt(layout, "xaxis");
    const annotations = this.#annotations(figure);
    this.#sides = sidesOf(annotations);
    this.#range = this.#view.range;
    return {
      ...bare,
      annotations,
      title: undefined,
      separators: `.${thinSpace}`,
      showlegend: false,
      // The readout says what curves are; the cells of a map, of which it has only some, say it themselves.
      hovermode: figure.data.some(({ type }) => type === "heatmap") ? "closest" : false,
      dragmode: "zoom",
      height: this.#height(),
      margin: {
        l: plotMargin.left,
        r: plotMargin.right,
        // Room for the letters of events, or for half a tick label, which plotly leaves out where it does not fit.
        t: annotations.some(({ name }) => name === eventMark) ? 20 : 8,
        b: isLast ? axisHeight + 10 : 10,
      },
      xaxis: {
        ...xaxis,
        title: isLast ? xaxis.title : undefined,
        range: [...this.#view.range],
        exponentformat: "none",
        showticklabels: isLast,
        ticks: "outside",
        ticklen: 4,
      },
      yaxis: { ...recordAt(layout, "yaxis"), title: undefined, fixedrange: true, nticks: 5 },
      ...("yaxis2" in layout
        ? { yaxis2: { ...recordAt(layout, "yaxis2"), title: undefined, fixedrange: true, nticks: 5 } }
        : {}),
    };
  }
}

function sidesOf(annotations: readonly PlotlyRecord[]): string {
  return annotations.map(({ xanchor, xshift }) => JSON.stringify([xanchor, xshift])).join(" ");
}

/** Name of a curve in addresses. */
function curveKey(figure: string, name: string): string {
  return `${figure}: ${name}`;
}

function pointWords({ meta: { points } }: ServedFigure): string {
  return points.drawn === points.stored
    ? ""
    : ` · ${grouped(points.drawn)} of ${grouped(points.stored)} points drawn`;
}

/** Titles of the value axes, which would not fit beside a small plot. */
function unitWords(layout: PlotlyRecord): string {
  const title = (axis: string): string => textAt(recordAt(recordAt(layout, axis), "title"), "text");
  const [first, second] = [title("yaxis"), title("yaxis2")];
  if (second === "") return first;
  return `${first}; ${"domain" in recordAt(layout, "yaxis") ? "below" : "grey, right axis"}: ${second}`;
}
