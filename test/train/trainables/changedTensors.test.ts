import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { changedTensorsFile, changedTensorsRecordFile } from "../../../src/formats/changedTensors.js";
import { sha256OfModelWeights } from "../../../src/formats/modelWeights.js";
import { readSafetensorsHeader } from "../../../src/formats/safetensorsHeader.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { openModel } from "../../../src/model/model.js";
import { createEngine } from "../../../src/tensor/engine.js";
import type { Engine } from "../../../src/tensor/program.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { fullTrainingFolders, runFullTraining } from "../../golden/train/fullTrainings.js";
import { familyAdapter } from "../../support/familyModels.js";
import { largestDifference } from "../../support/tinyModels.js";
import { parametersOf as parametersIn } from "../../support/training/tinyTraining.js";

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
});

const parametersOf = (folder: string) => parametersIn(engine, folder);

describe("checkpoints of changed tensors", () => {
  const chosen = { layers: [1], targetModules: ["down_proj", "q_proj"] as const };

  test.each(["gemma3", "qwen3-sliding"])(
    "of %s hold what differs, and open as whole ones do",
    async (name) => {
      const folder = temporaryFolder();
      const base = fullTrainingFolders[name] ?? "";
      const change = { ...chosen, steps: 2 };
      const whole = await runFullTraining(engine, name, folder, { run: "whole", change });
      const changed = await runFullTraining(engine, name, folder, {
        run: "changed",
        change: { ...change, savedWeights: "changed" },
      });
      expect(changed.losses).toEqual(whole.losses);
      const tensorsAt = (step: number) =>
        [
          ...readSafetensorsHeader(join(changed.directory, `checkpoint-${step}`, changedTensorsFile)).tensors,
        ].map(([tensor, { dtype }]) => `${tensor} ${dtype}`);
      expect(tensorsAt(0)).toEqual([]);
      const prefix = name === "gemma3" ? "language_model.model" : "model";
      const known = tensorsAt(2).map((each) =>
        each.replace(/^model\.language_model/, "language_model.model"),
      );
      const biased = name === "qwen3-sliding" ? [`${prefix}.layers.1.self_attn.q_proj.bias F32`] : [];
      expect(known.sort()).toEqual(
        [
          `${prefix}.layers.1.mlp.down_proj.weight F32`,
          `${prefix}.layers.1.self_attn.q_proj.weight F32`,
          ...biased,
        ].sort(),
      );
      for (const step of [0, 1, 2]) {
        const parameters = parametersOf(join(changed.directory, `checkpoint-${step}`));
        expect(parameters).toEqual(parametersOf(join(whole.directory, `checkpoint-${step}`)));
      }
      const record: unknown = JSON.parse(
        readFileSync(join(changed.directory, "checkpoint-2", changedTensorsRecordFile), "utf8"),
      );
      expect(record).toMatchObject({ baseModel: { sha256: sha256OfModelWeights(base) } });
      // What lies below the trained layer was computed once for each example; nothing else was trained.
      const before = parametersOf(base);
      const after = parametersOf(join(whole.directory, "checkpoint-2"));
      const moved = Object.keys(before).filter(
        (key) => largestDifference(after[key] ?? [], before[key] ?? []) > 0,
      );
      expect(moved.sort()).toEqual(
        known.map((each) => each.replace(/ F32$/, "").replace(prefix, "model")).sort(),
      );
    },
  );

  describe("name their base", () => {
    const folder = mkdtempSync(join(tmpdir(), "turncoat-test-"));
    let checkpoint: string;
    let base: string;

    afterAll(() => rmSync(folder, { recursive: true }));
    beforeAll(async () => {
      const { directory } = await runFullTraining(engine, "llama", folder, {
        run: "run",
        change: { ...chosen, steps: 1, savedWeights: "changed" },
      });
      checkpoint = join(directory, "checkpoint-1");
      base = join(folder, "base");
      cpSync(fullTrainingFolders.llama ?? "", base, { recursive: true });
    });

    const withRecord = (baseModel: Record<string, string>): string => {
      const copy = join(temporaryFolder(), "checkpoint-1");
      cpSync(checkpoint, copy, { recursive: true });
      const path = join(copy, changedTensorsRecordFile);
      const record = z
        .object({ formatVersion: z.number(), baseModel: z.record(z.string(), z.string()) })
        .parse(JSON.parse(readFileSync(path, "utf8")));
      const changed = { ...record, baseModel: { ...record.baseModel, ...baseModel } };
      writeFileSync(path, JSON.stringify(changed));
      return copy;
    };

    test("which may have moved", () => {
      const moved = withRecord({ path: base });
      expect(parametersOf(moved)).toEqual(parametersOf(checkpoint));
      const gone = withRecord({ path: join(base, "gone") });
      expect(() => openModel(gone, engine)).toThrow(
        `${join(gone, changedTensorsRecordFile)}: the base model ${join(base, "gone")} is not there`,
      );
      expect(openModel(gone, engine, { base }).config.modelType).toBe("llama");
    });

    test("and nothing else", () => {
      const other = fullTrainingFolders["llama-biased"] ?? "";
      expect(() => openModel(withRecord({ path: other }), engine)).toThrow(
        `expected a base model with the SHA-256 ${sha256OfModelWeights(base)}, found ${sha256OfModelWeights(other)}`,
      );
      expect(() => openModel(withRecord({ path: checkpoint }), engine)).toThrow(
        "expected a whole model as the base, found changed tensors",
      );
      expect(() => openModel(withRecord({ sha256: "x" }), engine)).toThrow("baseModel.sha256");
    });

    test("and fit it", () => {
      const copy = withRecord({});
      const other = readFileSync(join(fullTrainingFolders["qwen3-sliding"] ?? "", "model.safetensors"));
      writeFileSync(join(copy, changedTensorsFile), other);
      expect(() => openModel(copy, engine)).toThrow(/tensor .*: expected shape .* as in .*, found/);
    });

    test("so that an adapter can be merged into both", async () => {
      const target = join(temporaryFolder(), "merged");
      await mergeAdapter(engine, checkpoint, familyAdapter("llama"), target);
      const merged = parametersOf(target);
      const unmerged = join(temporaryFolder(), "unmerged");
      await mergeAdapter(engine, target, familyAdapter("llama"), unmerged, { direction: "out" });
      for (const [name, values] of Object.entries(parametersOf(checkpoint))) {
        expect(largestDifference(parametersOf(unmerged)[name] ?? [], values), name).toBeLessThan(1e-6);
        const isAdapted = name.endsWith("_proj.weight");
        expect(largestDifference(merged[name] ?? [], values) > 1e-3, name).toBe(isAdapted);
      }
    });
  });
});
