import type { ServedFigure, ServedTable } from "../../server/schemas/figures.js";
import { get, hasFields } from "./request.js";
import { runAddress } from "./runs.js";

/** One figure of a run, as plotly draws it in a theme. */
export function fetchFigure(run: string, figure: string, theme: "light" | "dark"): Promise<ServedFigure> {
  const address = `${figureAddress(run, figure)}?theme=${theme}`;
  return get(address, hasFields<ServedFigure>("id", "data", "layout", "meta"));
}

/** The complete data behind a figure. */
export function fetchTable(run: string, figure: string): Promise<ServedTable> {
  return get(`${figureAddress(run, figure)}/table`, hasFields<ServedTable>("columns", "rows"));
}

function figureAddress(run: string, figure: string): string {
  return `${runAddress(run)}/figures/${encodeURIComponent(figure)}`;
}

/** Where the pages get figures and tables from, each asked for once until it is forgotten. */
export class FigureSource {
  readonly #run: string;
  readonly #figures = new Map<string, Promise<ServedFigure>>();
  readonly #tables = new Map<string, Promise<ServedTable>>();

  constructor(run: string) {
    this.#run = run;
  }

  figure(id: string, theme: "light" | "dark"): Promise<ServedFigure> {
    return kept(this.#figures, `${theme} ${id}`, () => fetchFigure(this.#run, id, theme));
  }

  table(id: string): Promise<ServedTable> {
    return kept(this.#tables, id, () => fetchTable(this.#run, id));
  }

  /** The run has grown. */
  forget(): void {
    this.#figures.clear();
    this.#tables.clear();
  }
}

function kept<T>(asked: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const before = asked.get(key);
  if (before !== undefined) return before;
  const now = ask();
  asked.set(key, now);
  now.catch(() => asked.delete(key));
  return now;
}
