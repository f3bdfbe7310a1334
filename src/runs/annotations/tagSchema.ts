import { z } from "zod";
import { longestTag, mostTags } from "../layout.js";

/** Schema of a tag: one word, so that a search can name it. */
export const tagSchema = z
  .string()
  .max(longestTag)
  .regex(/^[^\s,]+$/, "expected one word, without spaces and commas");

/** Schema of a run's tags, each once and in order. */
export const tagListSchema = z
  .array(tagSchema)
  .max(mostTags)
  .transform((tags): readonly string[] =>
    [...new Set(tags)].toSorted((one, other) => one.localeCompare(other, "en")),
  );
