/**
 * What the benchmark of whole trainings and the processes that it times say to each other: one JSON object a line.
 * `trainingWorker.ts` and `python/training.py` speak the same.
 */
import { z } from "zod";

/** A training: what both sides read, from a file in the folder for temporary files. */
export const trainingSchema = z.object({
  folder: z.string(),
  threads: z.number(),
  /** Adapted modules. */
  modulePaths: z.array(z.string()),
  rank: z.number(),
  alpha: z.number(),
  /** Safetensors file with each module's `.lora_A` [1, rank, inFeatures] and `.lora_B` [1, outFeatures, rank] at first. */
  adapterFile: z.string(),
  learningRate: z.number(),
  weightDecay: z.number(),
  clipNorm: z.number(),
  /** All conversations of the data. */
  chats: z.array(z.object({ ids: z.array(z.number()), isResponse: z.array(z.boolean()) })),
  batchSize: z.number(),
  /** Places of each step's conversations among them. */
  steps: z.array(z.array(z.number())),
  paddingId: z.number(),
});
export type Training = z.infer<typeof trainingSchema>;

/** Request: to load everything; to make the next step; to tell the peak of memory. */
export const trainingRequestSchema = z.discriminatedUnion("request", [
  z.object({ request: z.literal("load"), file: z.string(), variant: z.string() }),
  z.object({ request: z.literal("step") }),
  z.object({ request: z.literal("peak") }),
]);
export type TrainingRequest = z.infer<typeof trainingRequestSchema>;

export const loadedSchema = z.object({ loaded: z.literal(true) });

/** What a step gave, and what it took by the clock and of all cores together. */
export const stepSchema = z.object({
  loss: z.number(),
  gradientNorm: z.number(),
  milliseconds: z.number(),
  cpuMilliseconds: z.number(),
});
export type TimedStep = z.infer<typeof stepSchema>;

/** Peak of the resident set, MiB. */
export const peakSchema = z.object({ peakMB: z.number() });
