import type { InterventionRow } from "../../analysis/interventions/interventionRows.js";
import type { Figure, FigureOptions } from "../figure.js";
import { conditionsFigure } from "./conditionsFigure.js";
import { isSweep, sweepFigure } from "./sweepFigure.js";

/**
 * Draws interventions: EM and coherence against strength where there are several, else each condition by itself.
 * @param kind of the interventions, as their settings say it
 */
export function interventionFigures(
  rows: readonly InterventionRow[],
  kind: unknown,
  options: FigureOptions = {},
): Figure[] {
  const sweeps = isSweep(kind)
    ? [sweepFigure(rows, kind, "em", options), sweepFigure(rows, kind, "coherent", options)]
    : [];
  const drawn = sweeps.filter((figure) => figure !== null);
  const conditions = drawn.length > 0 ? null : conditionsFigure(rows, kind, options);
  return [...drawn, ...(conditions === null ? [] : [conditions])];
}
