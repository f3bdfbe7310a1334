import { groupedDigits } from "../../analysis/statistics/groupedDigits.js";
import { darkCounterparts } from "../../figures/style/palette.js";
import { smoothed, smoothingWords, type Smoothing } from "../../pipeline/report/smoothedTraces.js";
import { decimate } from "../../figures/style/decimate.js";
import type { NamedFigure } from "../../figures/figure.js";
import { recolored } from "./recolored.js";
import type { FigureQuery, ServedFigure } from "../schemas/figures.js";

/**
 * Prepares a figure for the page: its traces as they are drawn, in a theme, smoothed where that is asked for, and
 * without points that a picture cannot show. The table stays complete and raw, and elsewhere.
 */
export function servedFigure({ id, onStepAxis, figure }: NamedFigure, query: FigureQuery): ServedFigure {
  const smoothing = onStepAxis ? smoothingOf(query) : null;
  const complete = smoothing === null ? figure.data : smoothed(figure.data, smoothing);
  const isSmoothed = complete.length > figure.data.length;
  const { from = -Infinity, to = Infinity } = query;
  const isPart = onStepAxis && from < to && (query.from !== undefined || query.to !== undefined);
  const { data, drawn, stored } = decimate(complete, {
    ...(isPart ? { range: [from, to] } : {}),
  });
  const shown = { data, layout: figure.layout };
  const { table, caption, summary, ...words } = figure.meta;
  return {
    id,
    onStepAxis,
    ...(query.theme === "dark" ? inDark(shown) : shown),
    meta: {
      ...words,
      summary: groupedDigits(summary),
      caption: groupedDigits(
        smoothing === null || !isSmoothed
          ? caption
          : `${caption} Curves: ${smoothingWords(smoothing)}; raw curves faint.`,
      ),
      rows: table.rows.length,
      points: { drawn, stored },
    },
  };
}

function smoothingOf({ smooth, window, weight }: FigureQuery): Smoothing | null {
  if (smooth === undefined) return null;
  return smooth === "ema" ? { method: smooth, weight } : { method: smooth, window };
}

const counterparts = darkCounterparts();

function inDark(figure: Pick<ServedFigure, "data" | "layout">): Pick<ServedFigure, "data" | "layout"> {
  return {
    data: figure.data.map((trace) => recolored(trace, counterparts)),
    layout: recolored(figure.layout, counterparts),
  };
}
