import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson, validate } from "../../formats/json.js";
import { writeFileWhole } from "../atomicFiles.js";
import { tagsFile } from "../layout.js";
import { tagListSchema } from "./tagSchema.js";

const fileSchema = z.object({ tags: tagListSchema });

/**
 * Reads the tags of a run; none where nobody has given it any.
 *
 * @throws TurncoatError naming the file where it holds something else
 */
export function readTags(directory: string): readonly string[] {
  const path = join(directory, tagsFile);
  return existsSync(path) ? readJson(path, fileSchema).tags : [];
}

/**
 * Gives a run these tags, in the place of those that it has.
 *
 * @returns the tags as they are kept: each once, in order
 * @throws TurncoatError where one is no word, or the run's folder cannot be written
 */
export function writeTags(directory: string, tags: readonly string[]): readonly string[] {
  const path = join(directory, tagsFile);
  const kept = validate(tags, tagListSchema, `${directory}: tags`);
  writeFileWhole(path, `${JSON.stringify({ tags: kept })}\n`);
  return kept;
}
