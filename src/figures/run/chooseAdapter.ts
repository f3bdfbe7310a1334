import type { Analysis } from "../../analysis/analysisRecord.js";
import type {
  AdapterAnalysis,
  DirectionAnalysis,
  LocalCosineRecord,
} from "../../analysis/geometry/adapterRecord.js";
import type { PhaseTransition } from "../../analysis/transitions/detectors.js";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { FigureOptions } from "../figure.js";

export interface AdapterFigureOptions extends FigureOptions {
  /** Module path. @default the first adapter; of a run with many the whole update, where the figure can draw it */
  readonly adapter?: string;
}

/** What a figure of a path can be of: a factor of one adapter, or the update of a whole model. */
export type PathFactor = "A" | "B" | "ΔW";

/** Path that a figure draws, what it is of, and the transitions that are marked on it. */
export interface DrawnPath<Path = DirectionAnalysis> {
  readonly factor: PathFactor;
  /** Name under which its transitions are found: a module path, or that of the whole update. */
  readonly name: string;
  /** What it is of, for titles: "B", "ΔW", or "v", a trained vector. */
  readonly of: string;
  /** The letter of what it is of, for captions: "A", "B", "ΔW" or "v". */
  readonly symbol: string;
  readonly path: Path;
  /** Adapter or whole update in words, for captions. */
  readonly words: string;
  readonly transitions: readonly PhaseTransition[];
  /** Errors of a local cosine from random projections, 95 %, one a step. @default none */
  readonly errors?: (k: string, record: Pick<LocalCosineRecord, "values">) => readonly number[] | undefined;
}

/** Errors of local cosines from random projections, of which one of a cosine near 0 is known; none where it is not. */
export function projectionErrors(error: number | undefined): Pick<DrawnPath, "errors"> {
  return error === undefined
    ? {}
    : { errors: (_, { values }) => values.map((value) => (1 - value ** 2) * error) };
}

/** Adapter that a figure is about; undefined when the run kept none of that name. */
export function chooseAdapter(analysis: Analysis, name: string | undefined): AdapterAnalysis | undefined {
  return name === undefined ? analysis.adapters[0] : analysis.adapters.find((each) => each.name === name);
}

/**
 * Chooses the path that a figure draws: of a run with many adapters that of its whole update, unless another is asked
 * for; else B of one adapter. Null where the run kept none.
 */
export function choosePath(
  analysis: Analysis,
  {
    factor,
    adapter: name,
  }: { readonly factor?: PathFactor | undefined; readonly adapter?: string | undefined },
): DrawnPath | null {
  const { whole } = analysis;
  if (factor === "ΔW" || (factor === undefined && name === undefined && whole !== null)) {
    if (whole === null) return null;
    const { path, name: words } = whole;
    return {
      ...{
        factor: "ΔW",
        symbol: "ΔW",
        name: words,
        of: "ΔW",
        path,
        words,
        transitions: usualTransitions(analysis),
      },
      errors: (k) => whole.localCosineError?.[k],
    };
  }
  const adapter = chooseAdapter(analysis, name);
  const which = factor ?? "B";
  const path = adapter?.[which] ?? null;
  if (adapter === undefined || path === null) return null;
  return {
    factor: which,
    name: adapter.name,
    of: factorOf(analysis, which, adapter),
    symbol: adapter.A === null ? "v" : which,
    path,
    words: adapterWords(adapter),
    transitions: transitionsOfAdapter(analysis, adapter),
    ...projectionErrors(analysis.projection?.factor?.cosine),
  };
}

/** Names a factor in titles, a trained vector "v"; where it is one of many adapters', with the adapter. */
export function factorOf(
  analysis: Analysis,
  factor: string,
  { name, A }: Pick<AdapterAnalysis, "name" | "A">,
): string {
  const named = A === null ? "v" : factor;
  return analysis.whole === null ? named : `${named} of ${shortName(name)}`;
}

/** Names what was trained and is multiplied by factors: "adapter", or "vector". */
export function trainedWord({ adapters }: Pick<Analysis, "adapters">): string {
  return adapters[0]?.A === null ? "vector" : "adapter";
}

/** Module path without what stands before the layers: "layers.24.mlp.down_proj". */
export function shortName(modulePath: string): string {
  return modulePath.slice(Math.max(0, modulePath.search(/layers\./)));
}

/** Transitions of one adapter at the factor that stands for the run, together with those that belong to none. */
export function transitionsOfAdapter(
  analysis: Analysis,
  adapter: Pick<AdapterAnalysis, "name">,
): readonly PhaseTransition[] {
  return usualTransitions(analysis).filter(
    (each) => each.adapter === undefined || each.adapter === adapter.name,
  );
}

/**
 * Adapter in words for captions, such as "model.layers.24.mlp.down_proj, rank 1, scaling 64"; of a vector "v after layer 24,
 * α 256".
 */
export function adapterWords(adapter: AdapterAnalysis): string {
  if (adapter.A === null)
    return `v after layer ${adapter.layer}, α ${Number(adapter.scaling.toPrecision(4))}`;
  const warning = adapter.rank > 1 ? ", flattened and not safe under rotation" : "";
  return `${adapter.name}, rank ${adapter.rank}, scaling ${Number(adapter.scaling.toPrecision(4))}${warning}`;
}
