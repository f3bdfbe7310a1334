import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Folder of SmolLM2-135M-Instruct as scripts/smollm2Folder.py makes it; undefined where there is none, which is said. */
export const smollm2Folder = foundFolder();

function foundFolder(): string | undefined {
  const folder = process.env.TURNCOAT_SMOLLM2;
  if (folder === undefined || folder === "") {
    process.stderr.write(
      "SKIPPED: no released model was opened, because TURNCOAT_SMOLLM2 names no folder; scripts/smollm2Folder.py makes it\n",
    );
    return undefined;
  }
  if (existsSync(join(folder, "model.safetensors"))) return folder;
  throw new Error(`TURNCOAT_SMOLLM2: expected a model folder, found no model.safetensors in ${folder}`);
}

const numbers = z.array(z.number());

/** Values that transformers and PEFT compute with that folder; made by test/golden/model/smollm2.py. */
export const smollm2Golden = z
  .object({
    versions: z.record(z.string(), z.string()),
    sha256: z.string(),
    text: z.string(),
    ids: numbers,
    columns: z.array(numbers),
    logits: z.array(numbers),
    logSumExp: numbers,
    greedy: z.array(
      z.object({ prompt: z.string(), ids: numbers, answer: numbers, smallestLead: z.number() }),
    ),
    training: z.object({
      layer: z.number(),
      rate: z.number(),
      chats: z.array(z.tuple([z.string(), z.string()])),
      rows: z.array(z.object({ ids: numbers, isResponse: z.array(z.boolean()) })),
      losses: numbers,
      norms: numbers,
    }),
  })
  .parse(JSON.parse(readFileSync(new URL("../../golden/model/smollm2.json", import.meta.url), "utf8")));
