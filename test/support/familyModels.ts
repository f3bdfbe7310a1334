import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readAdapter, type LoraAdapter } from "../../src/formats/peft.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { openModel, type Model } from "../../src/model/model.js";
import { createEngine, type EngineName } from "../../src/tensor/engine.js";

/** Random models of every family: see the cases of test/golden/model/modelFamilies.py for what each is there for. */
export const familyNames = [
  "qwen2",
  "llama",
  "llama-biased",
  "qwen3",
  "qwen3-sliding",
  "gemma3-text",
  "gemma3",
] as const;
export type FamilyName = (typeof familyNames)[number];

/** Folder of a family's tiny model. */
export function familyFolder(name: FamilyName): string {
  return fileURLToPath(new URL(`../fixtures/families/${name}`, import.meta.url));
}

/** Opens a family's tiny model on an engine with one thread. */
export async function familyModel(name: FamilyName, engine: EngineName = "onnxruntime"): Promise<Model> {
  return openModel(familyFolder(name), await createEngine({ engine, threads: 1 }));
}

/** Reads the PEFT adapter of a family's tiny model: rank 2, every projection. */
export function familyAdapter(name: FamilyName): LoraAdapter {
  return readAdapter(`${familyFolder(name)}/adapter`);
}

const messages = z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() }));
const numbers = z.array(z.number());
const goldenFamily = z.object({
  smallestLead: z.number(),
  ends: numbers,
  chats: z.array(z.object({ messages, ids: numbers, isResponse: z.array(z.boolean()) })),
  trailingPrompt: numbers,
  prompts: z.array(numbers),
  greedy: z.array(numbers),
  loss: z.number(),
  adaptedLoss: z.number(),
});

/** Values that transformers and PEFT compute with the tiny models; made by test/golden/model/modelFamilies.py. */
export const familyGolden = z
  .object({
    versions: z.record(z.string(), z.string()),
    promptMessages: z.array(messages),
    families: z.record(z.enum(familyNames), goldenFamily),
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/model/modelFamilies.json", import.meta.url), "utf8")));

const { tensors } = readSafetensors(
  fileURLToPath(new URL("../golden/model/modelFamilies.safetensors", import.meta.url)),
);

/** Golden tensor of a family, with its shape. */
export function goldenTensor(
  name: FamilyName,
  tensor: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const found = tensors.get(`${name}/${tensor}`);
  if (found === undefined) throw new Error(`no golden ${name}/${tensor}`);
  return { shape: found.shape, data: Float32Array.from(found.data) };
}

/** Golden tensors whose names begin with a prefix, under the rest of their names. */
export function goldenTensors(name: FamilyName, prefix: string): Map<string, Float32Array> {
  const start = `${name}/${prefix}`;
  return new Map(
    [...tensors.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => [
        key.slice(start.length),
        goldenTensor(name, `${prefix}${key.slice(start.length)}`).data,
      ]),
  );
}
