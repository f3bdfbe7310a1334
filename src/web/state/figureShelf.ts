import type { LinkedFigure } from "./figureHash.js";
import { linkedFigure } from "./figureLink.js";
import { formatLook, parseLook, plainLook, type AxisLook } from "./axisLook.js";

/** Widths of exported pictures: one column of a paper (85 mm) or the page (178 mm). */
export const printWidths = ["column", "page"] as const;
export type PrintWidth = (typeof printWidths)[number];

/** Keys of what the browser remembers. */
const start = "turncoat.figures";

/**
 * What a reader has made of the figures of a kind of page, remembered by the browser: their order, which are folded, how
 * their value axes look. A link to a figure says how that one looks.
 */
export class FigureShelf {
  readonly #page: "run" | "compare";
  /** Ids of figures that are no more as the link to them says. */
  readonly #changed = new Set<string>();

  constructor(page: "run" | "compare" = pageOf(location.search)) {
    this.#page = page;
  }

  /** Order of the figures as the reader has left it; empty where it is the usual one. */
  get order(): readonly string[] {
    return listOf(this.#read("order"));
  }

  setOrder(ids: readonly string[]): void {
    this.#write("order", ids.join(","));
  }

  isFolded(id: string): boolean {
    return listOf(this.#read("folded")).includes(id) && this.#linkTo(id) === null;
  }

  setFolded(id: string, isFolded: boolean): void {
    this.#changed.add(id);
    const others = listOf(this.#read("folded")).filter((each) => each !== id);
    this.#write("folded", [...others, ...(isFolded ? [id] : [])].join(","));
  }

  /** How the value axis of a figure is drawn. */
  lookOf(id: string): AxisLook {
    return this.#linkTo(id)?.look ?? parseLook(this.#read(`axis.${id}`) ?? "") ?? plainLook;
  }

  setLook(id: string, look: AxisLook): void {
    this.#changed.add(id);
    this.#write(`axis.${id}`, formatLook(look));
  }

  /** Link to a figure that the page was opened with. */
  #linkTo(id: string): LinkedFigure | null {
    const linked = linkedFigure();
    return linked?.id === id && !this.#changed.has(id) ? linked : null;
  }

  /** Ids in the reader's order; one that is new stands after the one that it usually follows. */
  ordered<T extends { readonly id: string }>(figures: readonly T[]): T[] {
    const { order } = this;
    const placed = order.flatMap((id) => figures.filter((figure) => figure.id === id));
    for (const [index, figure] of figures.entries()) {
      if (placed.includes(figure)) continue;
      const before = figures[index - 1];
      placed.splice(before === undefined ? 0 : placed.indexOf(before) + 1, 0, figure);
    }
    return placed;
  }

  #read(name: string): string | null {
    return read(`${start}.${this.#page}.${name}`);
  }

  #write(name: string, value: string): void {
    write(`${start}.${this.#page}.${name}`, value);
  }
}

/** Width of exported pictures that was chosen last. */
export function printWidth(): PrintWidth {
  return printWidths.find((each) => each === read(`${start}.width`)) ?? "page";
}

export function setPrintWidth(width: PrintWidth): void {
  write(`${start}.width`, width);
}

function pageOf(search: string): "run" | "compare" {
  return new URLSearchParams(search).has("compare") ? "compare" : "run";
}

function listOf(text: string | null): string[] {
  return (text ?? "").split(",").filter((each) => each !== "");
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser may refuse to remember; everything works as at first then.
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}
