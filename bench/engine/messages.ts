/**
 * What the benchmark and the processes that it times say to each other: one JSON object a line, a request on
 * standard input, its answer on standard output. `worker.ts` and `python/engine.py` speak the same.
 */
import { z } from "zod";
import type { TokenizedChat } from "../../src/model/tokenizer/chatTokenizer.js";

/** Training steps of adapters on one batch. */
export interface StepWorkload {
  readonly kind: "step";
  readonly folder: string;
  /** The adapted modules. */
  readonly modulePaths: readonly string[];
  readonly rank: number;
  readonly scaling: number;
  readonly learningRate: number;
  readonly replicas: number;
  /**
   * Pass over the data: in the first the layers below the adapter have to be computed, in the second they are known.
   */
  readonly pass: 1 | 2;
  /** The batch, an equal share for each replica, in order. */
  readonly chats: readonly TokenizedChat[];
  readonly paddingId: number;
  /**
   * A safetensors file with the adapters before the first step: of each module `.lora_A` [R, rank, inFeatures] and
   * `.lora_B` [R, outFeatures, rank].
   */
  readonly adapterFile: string;
}

/** Drawing answers to prompts, all rows together. */
export interface SamplingWorkload {
  readonly kind: "sampling";
  readonly folder: string;
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
}

/** Nothing but matrix products, there and back: [rows, inner] by [inner, outer], and that by [outer, inner]. */
export interface ProductWorkload {
  readonly kind: "products";
  readonly rows: number;
  readonly inner: number;
  readonly outer: number;
  /** Pairs of products in a row, each with weights of its own. */
  readonly pairs: number;
}

export type Workload = StepWorkload | SamplingWorkload | ProductWorkload;

/** Settings with which a process runs its workload. */
export interface Setup {
  readonly engine: string;
  readonly threads: number;
}

export type Request =
  | { readonly request: "prepare"; readonly setup: Setup; readonly workload: Workload }
  /** Request for a round: `count` steps or products; for sampling, one answer to every prompt, drawn from `seed`. */
  | { readonly request: "round"; readonly count: number; readonly seed: number }
  | { readonly request: "peak" };

export const requestSchema: z.ZodType<Request> = z.discriminatedUnion("request", [
  z.object({
    request: z.literal("prepare"),
    setup: z.object({ engine: z.string(), threads: z.number() }),
    workload: z.discriminatedUnion("kind", [
      z.object({
        kind: z.literal("step"),
        folder: z.string(),
        modulePaths: z.array(z.string()),
        rank: z.number(),
        scaling: z.number(),
        learningRate: z.number(),
        replicas: z.number(),
        pass: z.union([z.literal(1), z.literal(2)]),
        chats: z.array(z.object({ ids: z.array(z.number()), isResponse: z.array(z.boolean()) })),
        paddingId: z.number(),
        adapterFile: z.string(),
      }),
      z.object({
        kind: z.literal("sampling"),
        folder: z.string(),
        prompts: z.array(z.array(z.number())),
        maxNewTokens: z.number(),
      }),
      z.object({
        kind: z.literal("products"),
        rows: z.number(),
        inner: z.number(),
        outer: z.number(),
        pairs: z.number(),
      }),
    ]),
  }),
  z.object({ request: z.literal("round"), count: z.number(), seed: z.number() }),
  z.object({ request: z.literal("peak") }),
]);

/** Values that a process computed before it is timed, to be compared with the others'. */
export interface Prepared {
  /** Losses and global gradient norms of the first steps: [steps, R]. */
  readonly losses?: readonly (readonly number[])[];
  readonly gradientNorms?: readonly (readonly number[])[];
  /** The most probable answers, without the end-of-turn token. */
  readonly answers?: readonly (readonly number[])[];
  /** Reason why this engine cannot run here. */
  readonly skipped?: string;
}

/** The times of one round. */
export interface Round {
  /** Wall-clock times, one a step; for sampling a single one. */
  readonly milliseconds: readonly number[];
  /** Times of all cores together, one for each; on a shared machine they say more than the clock. */
  readonly cpuMilliseconds: readonly number[];
  /** Number of drawn tokens of each row when sampling, the end-of-turn token included. */
  readonly drawn?: readonly number[];
}

const rows = z.array(z.array(z.number()));

export const preparedSchema: z.ZodType<Prepared> = z.object({
  losses: rows.optional(),
  gradientNorms: rows.optional(),
  answers: rows.optional(),
  skipped: z.string().optional(),
});

export const roundSchema: z.ZodType<Round> = z.object({
  milliseconds: z.array(z.number()).min(1),
  cpuMilliseconds: z.array(z.number()).min(1),
  drawn: z.array(z.number()).optional(),
});

export const peakSchema: z.ZodType<{ peakMB: number }> = z.object({ peakMB: z.number() });

/** Steps whose losses and gradient norms are compared before timing: the later ones show the updates too. */
export const comparedSteps = 3;
