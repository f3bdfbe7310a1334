import { withNotes } from "../../figures/style/noteMarks.js";
import type { NamedFigure } from "../../figures/figure.js";
import { figureNamed } from "../reports/figureNamed.js";
import type { EvaluationWanted, RunStore } from "../reports/runStore.js";
import { evaluationQuery } from "../schemas/common.js";
import { figureParams, figureQuery, figureSchema, tableSchema } from "../schemas/figures.js";
import { servedFigure } from "../reports/servedFigure.js";
import { jsonRoute, type Route } from "./route.js";

/** Routes to a run's figures, one at a time, and to the tables behind them. */
export function figuresRoutes(store: RunStore): Route[] {
  const figureOf = async (
    { id, figureId }: { readonly id: string; readonly figureId: string },
    wanted: EvaluationWanted,
  ): Promise<NamedFigure> => {
    const { figures } = await store.currentReport(id, wanted);
    const found = figureNamed(figures, figureId, `of run ${JSON.stringify(id)}`);
    if (!found.onStepAxis) return found;
    // Notes as they are now: they change without the run being analysed again.
    return { ...found, figure: withNotes(found.figure, (await store.read("notes", id, {})).notes) };
  };
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId",
      summary: "One figure, as plotly draws it",
      params: figureParams,
      query: figureQuery,
      response: figureSchema,
      answer: async ({ params, query }) => servedFigure(await figureOf(params, query), query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId/table",
      summary: "The data behind a figure, complete and unrounded",
      params: figureParams,
      query: evaluationQuery,
      response: tableSchema,
      answer: async ({ params, query }) => (await figureOf(params, query)).figure.meta.table,
    }),
  ];
}
