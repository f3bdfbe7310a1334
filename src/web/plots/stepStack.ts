import type { FigureEntry, ServedFigure } from "../../server/schemas/figures.js";
import { afterPause, element, oncePerFrame } from "../parts/dom.js";
import { plotMargin, StepRow, type FigureServices } from "./stepRow.js";
import { FigureShelf } from "../state/figureShelf.js";
import { showLinked } from "./menu/showLinked.js";
import type { StepView } from "../state/stepView.js";
import type { DrawnTransition } from "./transitions.js";

/** Stack of figures over one step axis, with one cursor through all of them. */
export class StepStack {
  readonly root = element("div", { class: "stack" });
  readonly #view: StepView;
  readonly #servicesOf: (id: string) => FigureServices;
  readonly #shelf = new FigureShelf();
  #rows: readonly StepRow[] = [];
  readonly #chosen = element("div", { class: "cursor", "aria-hidden": "true" });
  readonly #hovered = element("div", { class: "cursor hovered", "aria-hidden": "true" });
  #pressedAt: number | null = null;

  constructor(figures: readonly FigureEntry[], view: StepView, servicesOf: (id: string) => FigureServices) {
    this.#view = view;
    this.#servicesOf = servicesOf;
    this.root.append(this.#chosen, this.#hovered);
    this.setEntries(figures);
    this.#followPointer();
    const read = oncePerFrame(() => {
      for (const row of this.#rows) row.read();
      this.#placeCursors();
    });
    const zoomUnseen = oncePerFrame(() => {
      for (const row of this.#rows) void row.zoom();
    });
    // What is looked at moves first; the others follow in the next frame.
    const zoom = oncePerFrame(() => {
      const seen = this.#rows.filter(isSeen);
      this.#placeCursors();
      for (const row of seen) void row.zoom();
      zoomUnseen();
    });
    const refine = afterPause(() => {
      for (const row of this.#rows) void row.refine();
    }, 200);
    const chooseCurves = oncePerFrame(() => {
      for (const row of this.#rows) void row.chooseCurves();
    });
    const redraw = oncePerFrame(() => void this.draw());
    view.subscribe((change) => {
      if (change === "step" || change === "hover") read();
      if (change === "zoom") zoom();
      if (change === "zoom") refine();
      if (change === "hidden") redraw();
      if (change === "curves") chooseCurves();
    });
    new ResizeObserver(() => this.#placeCursors()).observe(this.root);
  }

  /** Takes the list of figures that there are and will be: new ones get their place, the others keep theirs. */
  setEntries(figures: readonly FigureEntry[]): void {
    const rowOf = new Map(this.#rows.map((row) => [row.id, row]));
    // One that is not awaited any more stays where it is: nothing moves under the reader.
    const gone = this.#rows.filter(({ id }) => figures.every((each) => each.id !== id));
    for (const row of gone) row.setAwaited("There is nothing to draw of it in this run.");
    if (this.#rows.length > 0 && figures.every(({ id }) => rowOf.has(id))) {
      for (const { id, awaited } of figures) rowOf.get(id)?.setAwaited(awaited);
      return;
    }
    const rows = this.#shelf.ordered(figures).map((figure) => {
      const row = rowOf.get(figure.id) ?? this.#rowOf(figure);
      row.setAwaited(figure.awaited);
      return row;
    });
    this.#rows = [...rows, ...gone];
    this.#setPlaces();
    // Only new rows are put in, so that nothing of the others is lost.
    for (const [index, row] of this.#rows.entries()) {
      if (!row.root.isConnected || row.root.parentElement !== this.root)
        this.root.insertBefore(row.root, this.#rows[index - 1]?.root.nextSibling ?? this.root.firstChild);
    }
  }

  #rowOf(figure: FigureEntry): StepRow {
    const row: StepRow = new StepRow(figure, this.#view, {
      ...this.#servicesOf(figure.id),
      isFirst: false,
      isLast: false,
      shelf: this.#shelf,
      onMove: (by) => this.#move(row, by),
      onFold: () => this.#setPlaces(),
    });
    return row;
  }

  /** Tells the rows that are open which of them is the first, and which the last, that has the step axis. */
  #setPlaces(): void {
    const open = this.#rows.filter((row) => !row.isFolded);
    for (const row of open) row.setPlace({ isFirst: row === open[0], isLast: row === open.at(-1) });
    this.#placeCursors();
  }

  /** Moves a row up or down by one; the browser remembers the order. */
  #move(row: StepRow, by: -1 | 1): void {
    const index = this.#rows.indexOf(row);
    const other = this.#rows[index + by];
    if (other === undefined) return;
    const rows = this.#rows.filter((each) => each !== row);
    rows.splice(index + by, 0, row);
    this.#rows = rows;
    if (by < 0) other.root.before(row.root);
    else other.root.after(row.root);
    this.#shelf.setOrder(rows.map(({ id }) => id));
    this.#setPlaces();
    row.root.querySelector<HTMLElement>(".menu > summary")?.focus();
  }

  /** Takes a figure, or a new version of it, and draws it. */
  async setFigure(figure: ServedFigure, transitions: readonly DrawnTransition[]): Promise<void> {
    const row = this.#rows.find(({ id }) => id === figure.id);
    row?.setFigure(figure, transitions);
    await row?.draw();
    this.#placeCursors();
    if (row !== undefined) showLinked(row);
    // An address can open a stretch, and new data come while one is looked at.
    if (this.#view.zoom !== null) void row?.refine();
  }

  /** Draws again what is there. */
  async draw(): Promise<void> {
    for (const row of this.#rows) await row.draw();
    this.#placeCursors();
  }

  /** Words of all readouts, for readers without the picture. */
  words(): string {
    return this.#rows.map((row) => row.words()).join("; ");
  }

  #plotsWidth(): number {
    return this.#rows.find((row) => !row.isFolded)?.root.querySelector(".plot")?.clientWidth ?? 0;
  }

  #stepAt(clientX: number): number | null {
    const inside = clientX - this.root.getBoundingClientRect().left - plotMargin.left;
    const length = this.#plotsWidth() - plotMargin.left - plotMargin.right;
    if (length <= 0 || inside < -8 || inside > length + 8) return null;
    const [low, high] = this.#view.range;
    return low + (inside / length) * (high - low);
  }

  #followPointer(): void {
    const isOnPlot = (event: Event): boolean =>
      event.target instanceof Element && event.target.closest(".plot") !== null;
    this.root.addEventListener("pointermove", (event) => {
      this.#view.setHover(isOnPlot(event) ? this.#stepAt(event.clientX) : null);
    });
    this.root.addEventListener("pointerleave", () => this.#view.setHover(null));
    this.root.addEventListener(
      "pointerdown",
      (event) => {
        this.#pressedAt = event.button === 0 && isOnPlot(event) ? event.clientX : null;
      },
      { capture: true },
    );
    // On the window, since plotly covers the page while it follows a drag.
    window.addEventListener("pointerup", (event) => {
      const pressedAt = this.#pressedAt;
      this.#pressedAt = null;
      if (pressedAt === null || Math.abs(event.clientX - pressedAt) > 3) return;
      const step = this.#stepAt(event.clientX);
      if (step !== null) this.#view.choose(step);
    });
  }

  #placeCursors(): void {
    const length = this.#plotsWidth() - plotMargin.left - plotMargin.right;
    const [low, high] = this.#view.range;
    const place = (cursor: HTMLElement, step: number | null): void => {
      const isVisible = step !== null && step >= low && step <= high && length > 0;
      cursor.hidden = !isVisible;
      if (!isVisible) return;
      cursor.style.left = `${plotMargin.left + ((step - low) / (high - low)) * length}px`;
    };
    place(this.#chosen, this.#view.step);
    place(this.#hovered, this.#view.hover);
  }
}

/** Tells whether any part of a row is in the window. */
function isSeen({ root }: StepRow): boolean {
  const { top, bottom } = root.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
