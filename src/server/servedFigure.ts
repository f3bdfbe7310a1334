import { darkCounterparts } from "../figures/palette.js";
import type { Figure, PlotlyRecord, PlotlyTrace } from "../figures/figure.js";
import type { NamedFigure } from "../pipeline/runReport.js";
import { recoloured } from "./recoloured.js";
import type { Theme } from "./schemas/common.js";
import type { ServedFigure } from "./schemas/figures.js";

/** A figure for the page: its traces as they are drawn, in a theme. The table stays complete, and elsewhere. */
export function servedFigure(
  { id, onStepAxis, figure }: NamedFigure,
  options: { readonly theme: Theme },
): ServedFigure {
  const { data, layout } = options.theme === "dark" ? inDark(drawn(figure)) : drawn(figure);
  const { table, ...words } = figure.meta;
  return { id, onStepAxis, data, layout, meta: { ...words, rows: table.rows.length } };
}

/** What of a figure is drawn: all of it. Fewer points than there are belong here, and nowhere else. */
function drawn({ data, layout }: Figure): {
  readonly data: readonly PlotlyTrace[];
  readonly layout: PlotlyRecord;
} {
  return { data, layout };
}

const counterparts = darkCounterparts();

function inDark(figure: ReturnType<typeof drawn>): ReturnType<typeof drawn> {
  return {
    data: figure.data.map((trace) => recoloured(trace, counterparts)),
    layout: recoloured(figure.layout, counterparts),
  };
}
