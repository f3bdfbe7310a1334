import { z } from "zod";
import { estimateSchema, verdictSchema } from "./common.js";
import { list, named } from "./named.js";

/** A verdict on a turn that is held against the control. */
const againstControlSchema = z.object({
  name: z.enum(["specific", "shared", "cannotTell"]),
  words: z.string().describe("as tables show it"),
  sentence: z.string().describe("says what the control has of the turn"),
});

/** One number of a run: a value with its interval, or the words that stand in its place. */
const studyNumberSchema = named(
  "StudyNumber",
  z.object({
    estimate: estimateSchema.nullable(),
    verdict: verdictSchema.nullable().describe("of the detector; null for what is no turn"),
    reason: z.string().nullable().describe("why there is no value; null where there is one"),
    n: z.number().nullable().describe("answers that it is of; null for what is of none"),
  }),
);

/** A run of a study as it stands. */
const studyRunSchema = named(
  "StudyRun",
  z.object({
    run: z.string(),
    isThere: z.boolean().describe("whether it is one of the runs that are shown"),
    state: z.enum([
      "missing",
      "training",
      "interrupted",
      "trained",
      "measuring",
      "done",
      "failed",
      "unreadable",
    ]),
    words: z.string().describe("the state in words, such as training, step 34 of 60"),
    step: z.number().nullable(),
    planned: z.number().nullable(),
    lacks: list(z.string()).describe("what follows the training and is not there"),
    trouble: z
      .object({ why: z.string(), fix: z.string().nullable(), worker: z.string().nullable() })
      .nullable()
      .describe("why it failed or was interrupted, or why it cannot be analysed"),
    work: list(
      z.object({
        what: z.string(),
        worker: z.string().describe("host and process"),
        seconds: z.number().describe("since its last sign of life; there is one every 30 seconds"),
      }),
    ),
    written: z.string().nullable().describe("when training last wrote anything, in UTC"),
    log: list(z.string()).describe("last lines of its job's log"),
    isPending: z.boolean().describe("whether it is being analysed, or waits for it"),
    numbers: list(studyNumberSchema.nullable()).describe("one a quantity; null where it is not known"),
  }),
);
export type ServedStudyRun = z.infer<typeof studyRunSchema>;

/** Mean of a number over the seeds of a row. */
const studyMeanSchema = named(
  "StudyMean",
  z.object({
    n: z.number().describe("seeds that have the value"),
    mean: z.number(),
    low: z.number().nullable().describe("Student's 95 % interval over seeds; null for fewer than three"),
    high: z.number().nullable(),
  }),
);
export type ServedStudyMean = z.infer<typeof studyMeanSchema>;

const quantitySchema = z.object({
  id: z.string(),
  words: z.string(),
  unit: z.enum(["%", "step", "steps"]),
});

/** A study: its grid of runs, what they have in common over seeds, and what its factors do. */
export const studySchema = named(
  "Study",
  z.object({
    title: z.string(),
    file: z.string().describe("name of the study's file"),
    headline: z.string(),
    evidence: z.string(),
    quantities: list(quantitySchema).describe("the rows of the grid, those that any run has"),
    seeds: list(z.number()),
    rows: list(
      z.object({
        title: z.string().describe("base model, data and recipe"),
        detail: z.string().describe("rate and order, where the study varies them"),
        pairs: list(
          z.object({
            seed: z.number(),
            harmful: studyRunSchema,
            control: studyRunSchema,
            againstControl: againstControlSchema
              .nullable()
              .describe("of the direction's turn; null where there is none, or no control yet"),
          }),
        ),
        means: z
          .object({
            harmful: list(studyMeanSchema.nullable()),
            control: list(studyMeanSchema.nullable()),
          })
          .describe("one a quantity; null where no seed has it"),
        verdicts: z.string().describe("how many turns are specific, shared, or cannot be told"),
      }),
    ),
    effects: z.object({
      method: z.string(),
      rows: list(
        z.object({
          quantity: quantitySchema,
          factor: z.string(),
          from: z.string(),
          to: z.string(),
          difference: z.number().nullable().describe("null where no two runs have it"),
          low: z.number().nullable(),
          high: z.number().nullable(),
          seeds: z.number(),
          pairs: z.number(),
          verdict: z.object({ name: z.enum(["differs", "notTold", "cannotTell"]), words: z.string() }),
        }),
      ),
    }),
    counts: z.object({
      runs: z.number(),
      done: z.number(),
      atWork: z.number(),
      failed: z.number(),
      pending: z.number().describe("trained, and not analysed yet"),
    }),
  }),
);
export type ServedStudy = z.infer<typeof studySchema>;
