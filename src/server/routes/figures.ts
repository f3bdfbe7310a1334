import type { NamedFigure } from "../../pipeline/runReport.js";
import { NotFound } from "../requestErrors.js";
import type { RunStore } from "../runStore.js";
import { figureParams, figureQuery, figureSchema, tableSchema } from "../schemas/figures.js";
import { servedFigure } from "../servedFigure.js";
import { jsonRoute, type Route } from "./route.js";

/** A run's figures, one at a time, and the tables behind them. */
export function figuresRoutes(store: RunStore): Route[] {
  const figureOf = async ({
    id,
    figureId,
  }: {
    readonly id: string;
    readonly figureId: string;
  }): Promise<NamedFigure> => {
    const { figures } = await store.currentReportOf(id);
    const found = figures.find((each) => each.id === figureId);
    if (found !== undefined) return found;
    throw new NotFound(`no figure ${JSON.stringify(figureId)} of run ${JSON.stringify(id)}`, {
      hint: `There are: ${figures.map((each) => each.id).join(", ")}.`,
    });
  };
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId",
      summary: "One figure, as plotly draws it",
      params: figureParams,
      query: figureQuery,
      response: figureSchema,
      answer: async ({ params, query }) => servedFigure(await figureOf(params), query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId/table",
      summary: "The data behind a figure, complete and unrounded",
      params: figureParams,
      response: tableSchema,
      answer: async ({ params }) => (await figureOf(params)).figure.meta.table,
    }),
  ];
}
