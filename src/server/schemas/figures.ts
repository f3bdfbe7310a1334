import { z } from "zod";
import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../../figures/figure.js";
import { evaluationQuery, runParams, themeSchema } from "./common.js";
import { list, named } from "./named.js";

export const figureParams = runParams.extend({
  figureId: z.string().min(1).max(100).describe("as the report names it"),
});

export const adapterQuery = z.object({
  adapter: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "module path of the adapter that a figure of one adapter of many is of; default: of those measured the one that carries most of the update",
    ),
});

export const figureQuery = evaluationQuery.extend({
  theme: themeSchema.default("light"),
  smooth: z.enum(["mean", "median", "ema"]).optional().describe("how curves over the steps are smoothed"),
  window: z.coerce.number().int().min(2).max(1_000_000).default(11).describe("of mean and median, in steps"),
  weight: z.coerce.number().min(0).max(0.9999).default(0.9).describe("of ema: the share of what was before"),
  from: z.coerce.number().optional().describe("first step that is looked at"),
  to: z.coerce.number().optional().describe("last step that is looked at"),
});
export type FigureQuery = z.infer<typeof figureQuery>;

const plotlyValueSchema: z.ZodType<PlotlyValue> = named(
  "PlotlyValue",
  z.lazy(() =>
    z.union([
      z.number(),
      z.string(),
      z.boolean(),
      z.null(),
      z.array(plotlyValueSchema),
      z.record(z.string(), plotlyValueSchema),
    ]),
  ),
);

const plotlyRecordSchema: z.ZodType<PlotlyRecord> = z.record(z.string(), plotlyValueSchema);

const plotlyTraceSchema: z.ZodType<PlotlyTrace> = named(
  "PlotlyTrace",
  z
    .object({ type: z.enum(["scatter", "heatmap", "violin"]), name: z.string().optional() })
    .catchall(plotlyValueSchema),
);

/** Entry of a figure in a report, before its data are asked for. */
export const figureEntrySchema = named(
  "FigureEntry",
  z.object({
    id: z.string(),
    title: z.string(),
    onStepAxis: z.boolean().describe("whether its x axis is the optimiser step"),
    isTall: z
      .boolean()
      .describe(
        "whether it needs more height: two plots over one axis, a map of many rows, or curves that are read closely",
      ),
    isSpatial: z.boolean().describe("whether it can be looked at from any side, in three dimensions"),
    isOfAdapter: z.boolean().describe("whether it is of one adapter of many, which a query can name"),
    version: z.string().describe("changes with its data"),
    awaited: z.string().nullable().describe("why it is not there yet, and will be; null where it is there"),
  }),
);
export type FigureEntry = z.infer<typeof figureEntrySchema>;

/** A figure as plotly draws it, with the words that belong to it; its complete data are its table. */
export const figureSchema = named(
  "Figure",
  z.object({
    id: z.string(),
    onStepAxis: z.boolean(),
    data: list(plotlyTraceSchema),
    layout: plotlyRecordSchema,
    meta: z.object({
      title: z.string(),
      caption: z.string(),
      summary: z.string(),
      formula: z.string(),
      caveat: z.string(),
      source: z.string(),
      rows: z.number().describe("rows of its table"),
      points: z
        .object({ drawn: z.number(), stored: z.number() })
        .describe("of the longest curve: how many points are drawn of how many there are"),
    }),
  }),
);
export type ServedFigure = z.infer<typeof figureSchema>;

/** The data behind a figure, complete and unrounded; what is undefined is null. */
export const tableSchema = named(
  "Table",
  z.object({
    columns: list(z.string()),
    rows: list(list(z.union([z.number(), z.string(), z.null()]))),
  }),
);
export type ServedTable = z.infer<typeof tableSchema>;
