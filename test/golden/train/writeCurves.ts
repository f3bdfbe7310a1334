/**
 * Trains every case of curves.ts, and writes what PyTorch needs to do the same: tokens in their order, the values at the
 * start, and which inputs dropout drops.
 *
 *     npx tsx test/golden/train/writeCurves.ts FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "../../../src/model/model.js";
import { createEngine } from "../../../src/tensor/engine.js";
import type { TokenBatch } from "../../../src/train/batches/batches.js";
import { StepBatches } from "../../../src/train/batches/stepBatches.js";
import { tokenizeDataset, type TokenizedDataset } from "../../../src/train/data/dataset.js";
import { TrainingMember } from "../../../src/train/member.js";
import { isLora } from "../../../src/train/trainConfig.js";
import { curveCases, curveDataset, curveModel, runCurve, trainerCases } from "./curves.js";

const [target = ""] = process.argv.slice(2);
const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
for (const [group, cases] of Object.entries({ curves: curveCases, trainer: trainerCases })) {
  for (const [name, one] of Object.entries(cases)) {
    const folder = join(target, group, name);
    mkdirSync(folder, { recursive: true });
    const { config } = one;
    const run = await runCurve(engine, one, folder);
    const model = curveModel(engine, one.model, folder);
    const dataset = curveDataset(folder);
    const { chats, rows } = tokenizeDataset(dataset, model.tokenizer, config.maxLength, config);
    const openWriter = (): never => {
      throw new Error("nothing is written here");
    };
    const member = new TrainingMember({ config, openWriter }, model, rows);
    const order = Array.from({ length: config.steps }, (_, index) => member.examples(index + 1));
    const { heldOut } = member;
    const kept = await keptInputs(member, model, chats);
    const written = { config, model: model.folder, run, chats, order, heldOut, kept };
    writeFileSync(join(folder, "case.json"), JSON.stringify(written));
    await model.programs.dispose();
  }
}

/** For every step, batch, module, chat and position a text of 0 and 1, one a feature; null without dropout. */
async function keptInputs(member: TrainingMember, model: Model, chats: TokenizedDataset["chats"]) {
  const { config, trainable } = member;
  if (!isLora(config) || (config.dropout ?? 0) === 0) return null;
  const readers = trainable.parameters.filter(({ name }) => name.endsWith(".lora_A"));
  const batches = new StepBatches({
    model,
    chats,
    batchSize: config.batchSize,
    frozenSublayers: 0,
    droppedModules: readers.map(({ name, shape }) => ({
      modulePath: name.replace(".lora_A", ""),
      inFeatures: shape.at(-1) ?? 1,
    })),
  });
  const steps: Record<string, string[][]>[][] = [];
  for (let step = 1; step <= config.steps; step++) {
    const own = await batches.ofStep([member.examples(step)], (_, index) => member.dropout(step, index));
    steps.push(own.map(bitsOf));
  }
  return steps;
}

function bitsOf({ batch, length, tokens, packing, dropout }: TokenBatch): Record<string, string[][]> {
  return Object.fromEntries(
    Object.entries(dropout ?? {}).map(([path, factors]) => {
      const rows = Array.from({ length: batch }, (): string[] => []);
      const features = factors.length / tokens.length;
      for (let row = 0; row < tokens.length; row++) {
        const slot = packing?.slotOfRow[row] ?? row;
        const own = factors.subarray(row * features, (row + 1) * features);
        // Rows of padding all stand in the last slot, which no chat reaches.
        const chat = rows[Math.floor(slot / length)];
        if (chat !== undefined) chat[slot % length] = [...own].map((factor) => Math.sign(factor)).join("");
      }
      return [path, rows];
    }),
  );
}
