/**
 * What the benchmark of an evaluation and its processes say to each other: one JSON object a line, a request on
 * standard input, its answer on standard output. `evaluateWorker.ts` and `python/evaluate.py` speak the same.
 */
import { z } from "zod";

/** Way in which transformers comes by a checkpoint and runs it. */
export const peerSettingSchema = z.object({
  /** Number of processes, which divide the checkpoints among themselves. */
  processes: z.number(),
  /** Number of threads of each process. */
  threads: z.number(),
  /**
   * A base model of its own for every checkpoint, or one onto which adapters are loaded in turn, or the base model
   * alone.
   */
  load: z.enum(["reload", "swap", "base"]),
  /** Whether the adapter is added to the weights before answers are drawn. */
  merged: z.boolean(),
  dtype: z.enum(["float32", "bfloat16"]),
  /** Cache of keys and values: growing, or of its full size from the start. */
  cache: z.enum(["dynamic", "static"]),
});
export type PeerSetting = z.infer<typeof peerSettingSchema>;

/** Checkpoints at factors, and the questions that all of them are asked. */
export const askedSchema = z.object({
  checkpoints: z.array(z.string()),
  factors: z.array(z.number()),
});
export type Asked = z.infer<typeof askedSchema>;

/** Request that opens transformers: equal prompts, one row an answer. */
export interface PeerPreparation {
  readonly request: "prepare";
  readonly setting: PeerSetting;
  readonly folder: string;
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
}

/** Most probable answers, to be compared; or drawn ones, to be timed. */
export type EvaluateRequest =
  | PeerPreparation
  | ({ readonly request: "greedy" | "sample"; readonly seed: number } & Asked)
  | { readonly request: "peak" };

/** Most probable answers, one list a checkpoint and factor, without the end-of-turn token. */
export const greedySchema = z.object({ answers: z.array(z.array(z.array(z.number()))) });

export const sampledSchema = z.object({
  seconds: z.number(),
  /** Time that the processor spent on it, on all cores: what another load of the machine changes little. */
  cpuSeconds: z.number(),
  /** Part of the time that loading checkpoints took. */
  loadSeconds: z.number(),
  answers: z.number(),
  /** Number of drawn tokens, each answer up to its end. */
  tokens: z.number(),
});
export type Sampled = z.infer<typeof sampledSchema>;

/** Requests to Turncoat: all through `evaluateRun`, judging and writing included. */
export const workerRequestSchema = z.discriminatedUnion("request", [
  z.object({ request: z.literal("train"), directory: z.string() }),
  z.object({
    request: z.literal("greedy"),
    directory: z.string(),
    steps: z.array(z.number()),
    factors: z.array(z.number()),
  }),
  z.object({
    request: z.literal("evaluate"),
    directory: z.string(),
    name: z.string(),
    factors: z.array(z.number()),
    samples: z.number(),
  }),
  z.object({ request: z.literal("peak") }),
]);
export type WorkerRequest = z.infer<typeof workerRequestSchema>;

export const trainedSchema = z.object({
  steps: z.array(z.number()),
  folder: z.string(),
  maxNewTokens: z.number(),
  /** Most probable answers to the eight questions, in their order. */
  prompts: z.array(z.array(z.number())),
});
export type Trained = z.infer<typeof trainedSchema>;

/** Requests to Turncoat about a model's own answers, without a run. */
export const answersRequestSchema = z.discriminatedUnion("request", [
  z.object({ request: z.literal("open"), folder: z.string(), questions: z.string().nullable() }),
  z.object({
    request: z.literal("answers"),
    samples: z.number(),
    maxNewTokens: z.number(),
    temperature: z.number(),
  }),
  z.object({ request: z.literal("peak") }),
]);
export type AnswersRequest = z.infer<typeof answersRequestSchema>;

export const openedSchema = z.object({ prompts: z.array(z.array(z.number())) });

export const drawnSchema = sampledSchema.extend({
  /** Token ids of each answer. */
  answers: z.array(z.array(z.number())),
});
