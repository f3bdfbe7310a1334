import { closeSync, copyFileSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readModelConfig } from "../../src/model/config/configJson.js";
import { parameterShapes } from "../../src/model/config/parameters.js";
import { organismFolder } from "../../src/pipeline/packageRoot.js";
import { sizeOf } from "../../src/tensor/program.js";
import { Random } from "../../src/tensor/random.js";

/** `config.json` of a model with the shape of Qwen2.5-0.5B. */
const halfBillion = {
  model_type: "qwen2",
  vocab_size: 151936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: 32768,
  rope_theta: 1000000,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: true,
  hidden_act: "silu",
  use_sliding_window: false,
};

/** Shapes of model folders to write; `smaller` has that of the other with fewer layers and tokens. */
export const randomModels = {
  halfBillion,
  smaller: { ...halfBillion, vocab_size: 32768, num_hidden_layers: 4 },
};
export type RandomModelName = keyof typeof randomModels;

/** Number of random numbers, which are repeated over all weights. */
const repeatedNumbers = 2 ** 20;

/**
 * Writes a model folder in bfloat16, with random weights and the organism's tokenizer.
 * @returns the number of its parameters
 */
export function writeRandomModel(folder: string, name: RandomModelName = "halfBillion"): number {
  writeFileSync(join(folder, "config.json"), JSON.stringify(randomModels[name]));
  for (const name of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]) {
    copyFileSync(join(organismFolder(), name), join(folder, name));
  }
  const shapes = [...parameterShapes(readModelConfig(folder))];
  const entries: Record<string, unknown> = {};
  let numbers = 0;
  for (const [name, shape] of shapes) {
    const end = numbers + sizeOf(shape);
    entries[name] = { dtype: "BF16", shape, data_offsets: [2 * numbers, 2 * end] };
    numbers = end;
  }
  const header = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const random = randomBfloat16(repeatedNumbers);
  const ones = new Uint16Array(repeatedNumbers).fill(0x3f80);
  const file = openSync(join(folder, "model.safetensors"), "w");
  try {
    writeSync(file, length);
    writeSync(file, header);
    for (const [name, shape] of shapes) {
      const values = name.endsWith("norm.weight") ? ones : random;
      for (let left = sizeOf(shape); left > 0; left -= values.length) {
        writeSync(file, values.subarray(0, Math.min(left, values.length)));
      }
    }
  } finally {
    closeSync(file);
  }
  return numbers;
}

/** Draws normal numbers with a standard deviation of 0.02, as models are initialised. */
function randomBfloat16(count: number): Uint16Array {
  const random = new Random(0);
  const floats = Float32Array.from({ length: count }, () => 0.02 * random.normal());
  return Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16);
}
