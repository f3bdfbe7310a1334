import { z } from "zod";
import { plainRecordSchema } from "./common.js";
import { named } from "./named.js";

/** Configuration that a run was made with: `run.json`, or null for a run made elsewhere. */
export const configSchema = named(
  "Config",
  z.object({ runId: z.string(), manifest: plainRecordSchema.nullable() }),
);
export type ServedConfig = z.infer<typeof configSchema>;
