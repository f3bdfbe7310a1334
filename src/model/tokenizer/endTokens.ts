import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "../../formats/json.js";

const ends = z.looseObject({ eos_token_id: z.union([z.number(), z.array(z.number())]).nullish() });
const config = z.looseObject({ ...ends.shape, text_config: ends.optional() });

/**
 * Reads the token ids that end an answer, as `generation_config.json` lists them, or `config.json` where it does not;
 * none where neither does. Llama and Gemma list several, and the one that ends a turn is not the tokenizer's own.
 */
export function readEndIds(folder: string): readonly number[] {
  const generation = join(folder, "generation_config.json");
  const model = join(folder, "config.json");
  const listed = existsSync(generation) ? readJson(generation, ends).eos_token_id : undefined;
  const found = listed ?? (existsSync(model) ? endsOfModel(model) : undefined);
  return typeof found === "number" ? [found] : (found ?? []);
}

function endsOfModel(path: string): number | number[] | null | undefined {
  const { eos_token_id: ids, text_config: text } = readJson(path, config);
  return ids ?? text?.eos_token_id;
}
