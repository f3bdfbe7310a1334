import { LRUCache } from "lru-cache";
import type { ServedFigure, ServedTable } from "../../server/schemas/figures.js";
import { smoothings, type SmoothingName } from "../state/smoothings.js";
import type { StepRange } from "../state/steps.js";
import { get, hasFields } from "./request.js";
import { runAddress, viewQuery, type RunView } from "./runs.js";

/** Way in which a figure is to be drawn. */
export interface FigureView {
  readonly theme: "light" | "dark";
  /** @default "none" */
  readonly smoothing?: SmoothingName;
  /** Steps that are looked at closely. @default all */
  readonly range?: StepRange | null;
  /** Adapter of many that a figure of one is of. @default the usual one */
  readonly adapter?: string | null;
}

function figureQuery({
  theme,
  smoothing = "none",
  range = null,
  adapter = null,
}: FigureView): URLSearchParams {
  const query = new URLSearchParams({ theme, ...smoothings[smoothing].query });
  if (range !== null) {
    query.set("from", String(range[0]));
    query.set("to", String(range[1]));
  }
  if (adapter !== null) query.set("adapter", adapter);
  return query;
}

/** Number of figures kept: in both themes, and stretches that were looked at closely. */
const mostKept = 200;

/** Source of figures and tables for the pages, each asked for once until it is forgotten. */
export class FigureSource {
  readonly #run: string;
  readonly #view: RunView;
  readonly #figures = new LRUCache<string, Promise<ServedFigure>>({ max: mostKept });
  readonly #tables = new LRUCache<string, Promise<ServedTable>>({ max: mostKept });

  constructor(run: string, view: RunView) {
    this.#run = run;
    this.#view = view;
  }

  figure(id: string, view: FigureView): Promise<ServedFigure> {
    const query = figureQuery(view);
    return kept(this.#figures, `${id}?${query.toString()}`, () =>
      get(this.#address([id], query), hasFields<ServedFigure>("id", "data", "layout", "meta")),
    );
  }

  /**
   * The complete data behind a figure.
   * @param adapter of many that it is of; null for the usual one, and where it is of none
   */
  table(id: string, adapter: string | null = null): Promise<ServedTable> {
    const query = new URLSearchParams(adapter === null ? {} : { adapter });
    return kept(this.#tables, `${id}?${query.toString()}`, () =>
      get(this.#address([id, "table"], query), hasFields<ServedTable>("columns", "rows")),
    );
  }

  #address(parts: readonly string[], query = new URLSearchParams()): string {
    for (const [name, value] of viewQuery(this.#view)) query.set(name, value);
    const path = [runAddress(this.#run), "figures", ...parts.map(encodeURIComponent)].join("/");
    return query.size === 0 ? path : `${path}?${query.toString()}`;
  }

  /** Forgets figures and their tables: the run has grown, or another version is there. */
  forget(ids: readonly string[]): void {
    for (const kept of [this.#figures, this.#tables]) {
      for (const key of [...kept.keys()]) if (ids.some((id) => key.startsWith(`${id}?`))) kept.delete(key);
    }
  }
}

function kept<T>(asked: LRUCache<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const before = asked.get(key);
  if (before !== undefined) return before;
  const now = ask();
  asked.set(key, now);
  now.catch(() => asked.delete(key));
  return now;
}
