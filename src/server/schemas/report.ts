import { z } from "zod";
import { plainRecordSchema } from "./common.js";
import { figureEntrySchema } from "./figures.js";
import { list, named } from "./named.js";

/** An indicator as every figure marks it. */
const indicatorRowSchema = named(
  "IndicatorRow",
  z.object({
    name: z.string(),
    letter: z.string().describe("marks it in every figure"),
    words: z.string().describe("says in a few words that it happens"),
    needs: z.string().describe("what of a run it needs"),
  }),
);
export type ServedIndicator = z.infer<typeof indicatorRowSchema>;

/** Transition of an indicator: its step, its interval and the method that found it. */
const transitionSchema = named(
  "Transition",
  z.object({
    verdict: z.literal("turns"),
    indicator: z.string(),
    step: z.number(),
    interval: z.tuple([z.number(), z.number()]).readonly(),
    method: z.string(),
    prominence: z.number(),
    evidence: plainRecordSchema,
    adapter: z.string().optional(),
    scale: z.number().optional(),
  }),
);
export type ServedTransition = z.infer<typeof transitionSchema>;

const absence = {
  indicator: z.string(),
  reason: z.string(),
  adapter: z.string().optional(),
  scale: z.number().optional(),
  evidence: plainRecordSchema.optional(),
};

/** Indicator that was tested and has no transition, or one of which it cannot be told, with the reason. */
const absentTransitionSchema = named(
  "AbsentTransition",
  z.discriminatedUnion("verdict", [
    z.object({
      verdict: z.literal("doesNotTurn"),
      ...absence,
      sensitivity: z
        .object({
          event: z.string(),
          size: z.number().nullable(),
          percent: z
            .number()
            .nullable()
            .describe("of runs with such an event, in how many it is found; null: in all"),
        })
        .describe("how large an event would have been found"),
    }),
    z.object({
      verdict: z.literal("cannotTell"),
      ...absence,
      remedy: z.string().describe("what to record or to do, to tell"),
    }),
  ]),
);

/** Evaluation of a run: its name, size and whether behaviour is taken from it. */
const evaluationEntrySchema = named(
  "EvaluationEntry",
  z.object({
    name: z.string(),
    answers: z.number(),
    steps: z.number().describe("how many steps answered"),
    scales: list(z.number()).describe("scale factors that were asked"),
    isJudged: z.boolean(),
    isChosen: z.boolean().describe("whether the report's behaviour is that of this one"),
  }),
);
export type ServedEvaluation = z.infer<typeof evaluationEntrySchema>;

/** Report of a run for its page, without the figures' data and the whole analysis. */
export const reportSchema = named(
  "Report",
  z.object({
    runId: z.string(),
    directory: z.string(),
    status: z.string(),
    recipe: z.string(),
    isComplete: z
      .boolean()
      .describe(
        "whether all of it is of the files as they are; else the log is, and the rest is being analysed: ask again",
      ),
    progress: z
      .object({
        toStep: z.number().nullable().describe("last step of the earlier analysis that is shown meanwhile"),
        seconds: z.number().nullable().describe("since the analysis under way began; null where none is"),
        lastSeconds: z.number().nullable().describe("that the last analysis took"),
      })
      .nullable()
      .describe("how far the analysis is; null where it is complete"),
    headline: z
      .string()
      .describe(
        "one sentence: what turned, when, how sure, and whether the control shares it; empty until the first analysis is done",
      ),
    evidence: z.string().describe("the numbers that the headline rests on, in a line"),
    sentences: list(z.string()).describe("what turned, when, how sure, and what did not"),
    findings: z
      .number()
      .describe("how many of the sentences, from the first, say what was found; the others say beside what"),
    warnings: list(z.string()),
    adapters: list(z.object({ name: z.string(), layer: z.number(), rank: z.number() })),
    whole: z
      .object({
        name: z.string(),
        adapters: z.number().describe("how many there are"),
        shown: z
          .string()
          .nullable()
          .describe("whose curves figures of one adapter show unless a query names another"),
      })
      .nullable()
      .describe(
        "the update of a model with many adapters, which is judged as one; `adapters` are then those that are measured beside it",
      ),
    evaluations: list(evaluationEntrySchema).describe("by name; empty until the first analysis is done"),
    scales: list(z.number()).describe("scale factors at which behaviour was evaluated"),
    usualScale: z
      .number()
      .nullable()
      .describe(
        "the factor whose behaviour stands for the run: 1, or the smallest; null where none was evaluated",
      ),
    indicators: list(indicatorRowSchema).describe("of every detector, with the letters of the figures"),
    transitions: list(transitionSchema),
    absent: list(absentTransitionSchema),
    thresholds: z.object({ alignedBelow: z.number(), coherentAbove: z.number() }),
    axis: z.object({
      steps: list(z.number()).describe("every step that a figure over the steps has a value or a gap at"),
      range: z.tuple([z.number(), z.number()]).readonly().describe("the stretch that those figures share"),
    }),
    figures: list(figureEntrySchema).describe("in the order of the page"),
  }),
);
export type ServedReport = z.infer<typeof reportSchema>;

/** Controls that a run can be held against. */
export const controlChoicesSchema = named(
  "ControlChoices",
  z.object({
    choices: list(
      z.object({
        control: z.string().describe("as a query names it"),
        isUsual: z.boolean().describe("whether it is so where a query names none"),
      }),
    ).describe("none, then the one that the run names and the runs with the same adapted modules"),
  }),
);
export type ServedControlChoices = z.infer<typeof controlChoicesSchema>;

/** The whole analysis, as `turncoat analyze --json` prints it. */
export const analysisSchema = named(
  "Analysis",
  z.looseObject({
    run: z.string(),
    adapters: list(z.unknown()),
    transitions: list(transitionSchema),
    absent: list(absentTransitionSchema),
  }),
);
