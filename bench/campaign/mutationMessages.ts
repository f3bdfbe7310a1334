import { z } from "zod";

/** What a thread starts with. */
export const mutationTask = z.object({
  parser: z.string(),
  run: z.string(),
  folder: z.string(),
  seed: z.number(),
  from: z.number(),
  to: z.number(),
  /** Number of the input in hand, as one 32-bit integer. */
  progress: z.instanceof(SharedArrayBuffer),
});

/** What a thread found. */
export const mutationResult = z.object({
  accepted: z.number(),
  refused: z.number(),
  /** Inputs at which something else came than a value or a refusal in one line. */
  defects: z.array(z.object({ input: z.number(), what: z.string(), kept: z.string() })),
});
export type MutationResult = z.infer<typeof mutationResult>;
