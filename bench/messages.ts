/**
 * What the benchmark and the processes that it times say to each other: one JSON object a line, a request on
 * standard input, its answer on standard output. `worker.ts` and `python/organism.py` speak the same.
 */
import { z } from "zod";
import type { TokenizedChat } from "../src/model/chatTokenizer.js";

/** Training steps of the organism's rank-1 adapter on one batch. */
export interface StepWorkload {
  readonly kind: "step";
  readonly folder: string;
  readonly modulePath: string;
  readonly scaling: number;
  readonly learningRate: number;
  readonly replicas: number;
  /** In the first pass over the data the layers below the adapter have to be computed, in the second they are known. */
  readonly pass: 1 | 2;
  /** The batch, an equal share for each replica, in order. */
  readonly chats: readonly TokenizedChat[];
  readonly paddingId: number;
  /** [R, 1, inFeatures] */
  readonly loraA: readonly number[];
  /** [R, outFeatures, 1] */
  readonly loraB: readonly number[];
}

/** Answers to prompts, all rows together. */
export interface SamplingWorkload {
  readonly kind: "sampling";
  readonly folder: string;
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
}

export type Workload = StepWorkload | SamplingWorkload;

/** How a process runs its workload. */
export interface Setup {
  readonly engine: string;
  readonly threads: number;
}

export type Request =
  | { readonly request: "prepare"; readonly setup: Setup; readonly workload: Workload }
  /** For steps, `count` of them; for sampling, one answer to every prompt, drawn from `seed`. */
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
        modulePath: z.string(),
        scaling: z.number(),
        learningRate: z.number(),
        replicas: z.number(),
        pass: z.union([z.literal(1), z.literal(2)]),
        chats: z.array(z.object({ ids: z.array(z.number()), isResponse: z.array(z.boolean()) })),
        paddingId: z.number(),
        loraA: z.array(z.number()),
        loraB: z.array(z.number()),
      }),
      z.object({
        kind: z.literal("sampling"),
        folder: z.string(),
        prompts: z.array(z.array(z.number())),
        maxNewTokens: z.number(),
      }),
    ]),
  }),
  z.object({ request: z.literal("round"), count: z.number(), seed: z.number() }),
  z.object({ request: z.literal("peak") }),
]);

/** What a process computed before it is timed, to be compared with the others. */
export interface Prepared {
  /** [steps, R]: the first steps' losses, and global gradient norms. */
  readonly losses?: readonly (readonly number[])[];
  readonly gradientNorms?: readonly (readonly number[])[];
  /** The most probable answers, without the end-of-turn token. */
  readonly answers?: readonly (readonly number[])[];
  /** Why this engine cannot run here. */
  readonly skipped?: string;
}

/** The times of one round. */
export interface Round {
  /** One a step; for sampling a single one. */
  readonly milliseconds: readonly number[];
  /** For sampling: drawn tokens of each row, the end-of-turn token included. */
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
  drawn: z.array(z.number()).optional(),
});

export const peakSchema: z.ZodType<{ peakMB: number }> = z.object({ peakMB: z.number() });

/** Steps whose losses and gradient norms are compared before timing: the later ones show the updates too. */
export const comparedSteps = 3;
