import { z } from "zod";
import { longestNote } from "../../runs/layout.js";
import { runParams } from "./common.js";
import { list, named } from "./named.js";

/** A note on a step, as a reader writes it. */
export const noteBodySchema = named(
  "NewNote",
  z.object({
    step: z.number().int().nonnegative(),
    text: z.string().trim().min(1).max(longestNote),
  }),
);

export const noteParams = runParams.extend({ noteId: z.coerce.number().int().nonnegative() });

/** Notes of a run, in the order of their steps. */
export const notesSchema = named(
  "Notes",
  z.object({
    notes: list(
      z.object({
        id: z.number(),
        step: z.number(),
        text: z.string(),
        writtenAt: z.string().describe("ISO 8601, in UTC"),
      }),
    ).describe("the first of them, as many as a page can show"),
    total: z.number().describe("notes that there are"),
  }),
);
export type ServedNotes = z.infer<typeof notesSchema>;
