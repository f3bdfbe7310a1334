import { z } from "zod";

/** Requests of the benchmark to the process of the server. */
export const serverRequest = z.discriminatedUnion("ask", [
  z.object({
    ask: z.literal("start"),
    runsRoot: z.string(),
    webRoot: z.string(),
    keptRoot: z.string().optional().describe("where reports are kept for servers to come"),
  }),
  z.object({ ask: z.literal("memory") }),
]);
export type ServerRequest = z.infer<typeof serverRequest>;

export const startedSchema = z.object({ url: z.string() });

/** Memory in bytes, after a collection. */
export const memorySchema = z.object({ resident: z.number(), heap: z.number() });
