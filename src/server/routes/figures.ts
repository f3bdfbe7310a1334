import type { Analysis } from "../../analysis/analysisRecord.js";
import { runFigures, type PlacedFigure } from "../../figures/run/runFigures.js";
import { withNotes } from "../../figures/style/noteMarks.js";
import type { NamedFigure } from "../../figures/figure.js";
import { figureNamed } from "../reports/figureNamed.js";
import type { RunStore, ViewWanted } from "../reports/runStore.js";
import { NotFound } from "../requestErrors.js";
import { controlQuery, evaluationQuery } from "../schemas/common.js";
import { adapterQuery, figureParams, figureQuery, figureSchema, tableSchema } from "../schemas/figures.js";
import { servedFigure } from "../reports/servedFigure.js";
import { jsonRoute, type Route } from "./route.js";

interface FigureWanted extends ViewWanted {
  /** Adapter of many that a figure of one adapter is of. */
  readonly adapter?: string | undefined;
}

/** Routes to a run's figures, one at a time, and to the tables behind them. */
export function figuresRoutes(store: RunStore): Route[] {
  const figureOf = async (
    { id, figureId }: { readonly id: string; readonly figureId: string },
    { adapter, ...wanted }: FigureWanted,
  ): Promise<NamedFigure> => {
    const { figures, analysis } = await store.currentReport(id, wanted);
    const named = figureNamed(figures, figureId, `of run ${JSON.stringify(id)}`);
    const found =
      named.isOfAdapter && adapter !== undefined ? await ofAdapter(id, named, analysis, adapter) : named;
    if (!found.onStepAxis) return found;
    // Notes as they are now: they change without the run being analysed again.
    return { ...found, figure: withNotes(found.figure, (await store.read("notes", id, {})).notes) };
  };
  /** Draws a figure of one adapter of another one. */
  const ofAdapter = async (
    id: string,
    figure: PlacedFigure,
    analysis: Analysis,
    adapter: string,
  ): Promise<NamedFigure> => {
    const known = analysis.whole?.adapters ?? [];
    if (!known.some(({ name }) => name === adapter)) {
      const names = known.slice(0, 3).map(({ name }) => name);
      throw new NotFound(`run ${JSON.stringify(id)} has no adapter ${JSON.stringify(adapter)}`, {
        hint: `There are ${known.length}, such as ${names.join(", ")}.`,
      });
    }
    const windows = Object.keys(analysis.whole?.path.localCosine ?? {}).map(Number);
    const { frozenBelow } = analysis.parameters;
    const part = await store.read("part", id, { adapter, windows, frozenBelow });
    const row = runFigures.find((each) => each.id === figure.id);
    return {
      ...figure,
      figure: row?.draw({ analysis, probes: null, answers: null, control: null, part }) ?? figure.figure,
    };
  };
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId",
      summary: "One figure, as plotly draws it",
      params: figureParams,
      query: figureQuery.extend(adapterQuery.shape).extend(controlQuery.shape),
      response: figureSchema,
      answer: async ({ params, query }) => servedFigure(await figureOf(params, query), query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/figures/:figureId/table",
      summary: "The data behind a figure, complete and unrounded",
      params: figureParams,
      query: evaluationQuery.extend(adapterQuery.shape).extend(controlQuery.shape),
      response: tableSchema,
      answer: async ({ params, query }) => (await figureOf(params, query)).figure.meta.table,
    }),
  ];
}
