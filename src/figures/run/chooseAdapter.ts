import type { Analysis } from "../../analysis/analysisRecord.js";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import { isWholeName } from "../../analysis/geometry/whole/wholeUpdate.js";
import type { AdapterAnalysis } from "../../analysis/geometry/adapterRecord.js";
import type { PhaseTransition } from "../../analysis/transitions/detectors.js";
import type { FigureOptions } from "../figure.js";

export interface AdapterFigureOptions extends FigureOptions {
  /** Module path. @default the first adapter */
  readonly adapter?: string;
}

/** Adapter that a figure is about; undefined when the run kept none of that name. */
export function chooseAdapter(analysis: Analysis, name: string | undefined): AdapterAnalysis | undefined {
  return name === undefined ? analysis.adapters[0] : analysis.adapters.find((each) => each.name === name);
}

/**
 * Transitions of one adapter at the factor that stands for the run, together with those that belong to none, or to the
 * whole update that it is a part of.
 */
export function transitionsOfAdapter(
  analysis: Analysis,
  adapter: AdapterAnalysis,
): readonly PhaseTransition[] {
  return usualTransitions(analysis).filter(
    (each) => each.adapter === undefined || each.adapter === adapter.name || isWholeName(each.adapter),
  );
}

/** Adapter in words for captions, such as "model.layers.24.mlp.down_proj, rank 1, scaling 64". */
export function adapterWords(adapter: AdapterAnalysis): string {
  const warning = adapter.rank > 1 ? ", flattened and not safe under rotation" : "";
  return `${adapter.name}, rank ${adapter.rank}, scaling ${Number(adapter.scaling.toPrecision(4))}${warning}`;
}
