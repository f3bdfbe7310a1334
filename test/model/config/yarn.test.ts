import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { openModel } from "../../../src/model/model.js";
import { tokenLogits } from "../../../src/model/hooks/tokenLogits.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { familyFolder } from "../../support/familyModels.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { largestDifference } from "../../support/tinyModels.js";

const golden = z
  .object({
    ids: z.array(z.int()),
    cases: z.array(
      z.object({
        name: z.string(),
        scaling: z.record(z.string(), z.json()),
        logits: z.array(z.number()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../../golden/model/yarn.json", import.meta.url), "utf8")));

/** Logits after the last token, with other rotary positions. */
async function logitsWith(scaling: Readonly<Record<string, unknown>>): Promise<Float32Array> {
  const folder = join(temporaryFolder(), "model");
  cpSync(familyFolder("qwen3"), folder, { recursive: true });
  const path = join(folder, "config.json");
  const fields = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  writeFileSync(path, JSON.stringify({ ...fields, ...scaling }));
  const model = openModel(folder, await createEngine({ engine: "onnxruntime", threads: 1 }));
  const logits = await tokenLogits(model, golden.ids);
  return logits.subarray(-model.config.vocabularySize);
}

test.each(golden.cases)(
  "YaRN, $name: logits of transformers, in either spelling",
  async ({ scaling, logits }) => {
    const newer = { rope_parameters: { rope_type: "yarn", rope_theta: 10000, ...scaling } };
    const values = await logitsWith(newer);
    // Both sum some hundred products in float32.
    expect(largestDifference(values, logits)).toBeLessThan(2e-5);
    const older = {
      rope_parameters: undefined,
      rope_theta: 10000,
      rope_scaling: { type: "yarn", ...scaling },
    };
    expect(await logitsWith(older)).toEqual(values);
    const plain = await logitsWith({ rope_parameters: { rope_type: "default", rope_theta: 10000 } });
    expect(largestDifference(plain, logits)).toBeGreaterThan(1e-2);
  },
);
