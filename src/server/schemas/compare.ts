import { z } from "zod";
import { estimateSchema, manyQuery, runsQuery, verdictSchema } from "./common.js";
import { figureQuery } from "./figures.js";
import { list, named } from "./named.js";

/** Most runs of one comparison: that many differ in colour, dash and marker. */
const mostRuns = 36;

/** Query for a comparison: the runs, and how they are put beside each other. */
export const compareQuery = z.object({
  run: runsQuery.refine((runs) => runs.length <= mostRuns, `expected at most ${mostRuns} runs`),
  byLog: manyQuery
    .default([])
    .describe(
      "those of the runs of which the log alone is taken: loss and gradient norm, without an analysis",
    ),
  align: z.enum(["step", "relativeStep", "transition"]).default("step"),
  by: z
    .string()
    .max(100)
    .default("behavior")
    .describe("indicator of the transition that is 0, where runs are aligned by one"),
  fold: z.stringbool().default(false).describe("whether runs that differ in the seed alone become one curve"),
  band: z
    .enum(["interval", "deviation", "range"])
    .default("interval")
    .describe("around the mean of several runs"),
  k: z.coerce.number().int().positive().optional().describe("half-window of the local cosine, in steps"),
});
export type CompareQuery = z.infer<typeof compareQuery>;

/** Query for a comparison that may take some runs by their logs alone, until they are read. */
export const comparisonQuery = compareQuery.extend({
  have: z.coerce
    .number()
    .int()
    .min(-1)
    .optional()
    .describe(
      "read runs that the reader has, -1 for none and no logs either: answers soon, the others by their logs; left out, the answer waits for all",
    ),
});

export const compareFigureParams = z.object({
  figureId: z.string().min(1).max(100).describe("as the comparison names it"),
});

export const compareFigureQuery = compareQuery.extend(figureQuery.shape);

/** Query for the cosines between directions of runs. */
export const directionsQuery = z.object({
  run: runsQuery.refine((runs) => runs.length <= mostRuns, `expected at most ${mostRuns} runs`),
  of: z
    .enum(["update", "B", "misalignment", "paths"])
    .default("update")
    .describe("what is compared; paths: ΔW along training, in common principal components"),
  at: z.coerce
    .number()
    .optional()
    .describe("a position on the axis; the last step of each run where it is left out"),
  align: compareQuery.shape.align,
  by: compareQuery.shape.by,
  theme: figureQuery.shape.theme,
});

const styleSchema = z.object({
  light: z.string().describe("colour in the light theme"),
  dark: z.string(),
  dash: z.string().describe('strokes and gaps in pixels, or "solid"'),
  symbol: z.string(),
});

const cellSchema = z.object({
  estimate: estimateSchema.nullable(),
  reason: z.string().nullable().describe("why there is no value"),
  verdict: verdictSchema.nullable().describe("of the detector, where the number is the step of a turn"),
  againstControl: z
    .enum(["specific", "shared", "cannotTell"])
    .nullable()
    .describe("whether the control turns likewise; null where the run does not turn, or names no control"),
});

/** Runs beside each other, without the data of the figures. */
export const comparisonSchema = named(
  "Comparison",
  z.object({
    pending: list(z.string()).describe(
      "runs that are still to be read, and are here by their logs alone; ask again",
    ),
    runs: list(
      z.object({
        id: z.string(),
        label: z.string().describe("the id without what all have in common"),
        recipe: z.string(),
        seed: z.number().nullable(),
        controlOf: z.string().nullable().describe("the compared run that names it as its control"),
        steps: z.tuple([z.number(), z.number()]).readonly().nullable().describe("first and last"),
        curve: z.number().describe("which of the curves it is part of"),
      }),
    ),
    curves: list(
      z.object({
        name: z.string(),
        label: z.string().describe("the name without what all have in common, as the figures have it"),
        recipe: z.string(),
        runs: list(z.string()),
        style: styleSchema,
      }),
    ),
    leftOut: list(z.object({ id: z.string(), reason: z.string() })).describe(
      "runs that cannot be read, or not be aligned",
    ),
    axis: z.object({
      title: z.string(),
      positions: list(z.number()),
      range: z.tuple([z.number(), z.number()]).readonly(),
    }),
    indicators: list(z.object({ name: z.string(), words: z.string() })).describe(
      "by which any of the runs turns",
    ),
    windows: list(z.number()).describe("half-windows of the local cosine that all runs have"),
    k: z.number().nullable().describe("the one that is shown"),
    about: z
      .string()
      .describe(
        "what the compared paths are of, run by run; empty where no run has so many adapters that all are one",
      ),
    paired: z
      .string()
      .nullable()
      .describe(
        "of two runs of which one is the control that the other names: so, with the verdict on each transition",
      ),
    thresholds: z.object({ alignedBelow: z.number(), coherentAbove: z.number() }),
    /** Whether `figures/events`, the time line of the runs, is there. */
    hasEvents: z.boolean(),
    figures: list(z.object({ id: z.string(), title: z.string() })),
    numbers: list(
      z.object({
        title: z.string(),
        unit: z.enum(["%", "step", "steps"]),
        event: z.string().nullable().describe("indicator whose turn it is; null of other numbers"),
        cells: list(cellSchema).describe("one a run"),
        means: list(
          z
            .object({
              value: z.number(),
              low: z.number().nullable(),
              high: z.number().nullable(),
              n: z.number(),
            })
            .nullable(),
        ).describe("one a curve, over its runs that have it; null for one run, no interval for two"),
      }),
    ),
  }),
);
export type ServedComparison = z.infer<typeof comparisonSchema>;
