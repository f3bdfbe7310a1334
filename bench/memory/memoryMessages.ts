import { z } from "zod";

/** Task of a process of the memory benchmark. */
export const memoryTask = z.object({
  folder: z.string(),
  threads: z.number(),
  frozenWeights: z.enum(["shared", "packed"]),
  work: z.enum(["answers", "training", "fullTraining"]),
});
export type MemoryTask = z.infer<typeof memoryTask>;

/** Memory and time that a task took. */
export const memoryResult = z.object({
  /** Resident set before the model is opened, and its peak at the end, in bytes. */
  startBytes: z.number(),
  peakBytes: z.number(),
  /** Seconds until the programs were ready and had run once. */
  readySeconds: z.number(),
  /** Milliseconds of a token of all rows, or of a step; medians. */
  milliseconds: z.number(),
});
export type MemoryResult = z.infer<typeof memoryResult>;
