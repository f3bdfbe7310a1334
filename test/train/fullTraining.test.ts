import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SampledAnswer } from "../../src/evaluate/sampling/answerSource.js";
import { sampleRun } from "../../src/evaluate/sampling/modelSource.js";
import { openCheckpoint } from "../../src/model/checkpointModel.js";
import { generate } from "../../src/model/generation/generate.js";
import { openModel, type Model } from "../../src/model/model.js";
import { tokenLogits } from "../../src/model/hooks/tokenLogits.js";
import { analyzeRun } from "../../src/pipeline/report/analyzeRun.js";
import { buildRunReport } from "../../src/pipeline/report/runReport.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { createEngine } from "../../src/tensor/engine.js";
import type { Engine } from "../../src/tensor/program.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import {
  fullTraining,
  fullTrainingFolders,
  fullTrainingRows,
  runFullTraining,
} from "../golden/train/fullTrainings.js";
import { largestDifference } from "../support/tinyModels.js";
import { parametersOf as parametersIn } from "../support/training/tinyTraining.js";

const numbers = z.array(z.number());
const golden = z
  .object({
    settings: z.object({ steps: z.number(), rate: z.number(), decay: z.number(), clip: z.number() }),
    models: z.record(z.string(), z.object({ losses: numbers, norms: numbers, logits: numbers })),
  })
  .parse(JSON.parse(readFileSync("test/golden/train/fullTraining.json", "utf8")));

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
});

const parametersOf = (folder: string) => parametersIn(engine, folder);

test("the golden trainings are these", () => {
  expect(golden.settings).toEqual({
    steps: fullTraining.steps,
    rate: fullTraining.schedule.peakLearningRate,
    decay: 0.1,
    clip: fullTraining.clipNorm,
  });
  expect(Object.keys(golden.models).sort()).toEqual(Object.keys(fullTrainingFolders).sort());
});

describe.each(Object.entries(golden.models))("all weights of %s", (name, expected) => {
  test("train as under PyTorch's AdamW, and a checkpoint is a model folder", async () => {
    const { directory, losses, norms } = await runFullTraining(engine, name, temporaryFolder(), {
      run: "whole",
    });
    // Losses are of order 5 and gradient norms of order 10, in float32 on both sides.
    expect(largestDifference(losses, expected.losses)).toBeLessThan(1e-4);
    for (const [index, norm] of norms.entries())
      expect(norm / (expected.norms[index] ?? NaN)).toBeCloseTo(1, 4);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? NaN) - 0.01);
    const model = openModel(join(directory, "checkpoint-3"), engine);
    const [row] = fullTrainingRows(model);
    const logits = await tokenLogits(model, row?.ids ?? []);
    // Adam divides by the size of each gradient: the rounding of one near zero moves its weight by up to the rate.
    expect(largestDifference(logits.subarray(-expected.logits.length), expected.logits)).toBeLessThan(1e-3);
    const base = openModel(fullTrainingFolders[name] ?? "", engine);
    const before = await tokenLogits(base, row?.ids ?? []);
    expect(largestDifference(before.subarray(-expected.logits.length), expected.logits)).toBeGreaterThan(
      0.05,
    );
    // Step 0 is the base itself, whatever the type of its numbers.
    expect(parametersOf(join(directory, "checkpoint-0"))).toEqual(parametersOf(base.folder));
  });
});

describe("a run of full fine-tuning", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-test-"));
  let directory: string;
  let base: Model;

  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    base = openModel(fullTrainingFolders["tiny-qwen2"] ?? "", engine);
    ({ directory } = await runFullTraining(engine, "tiny-qwen2", folder, {
      run: "run",
      change: { steps: 5, checkpoints: "every 2" },
    }));
  });

  test("keeps the steps it was told to, and the last", () => {
    const run = openRun(directory);
    expect(run.manifest?.kind).toBe("full");
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 2, 4, 5]);
    expect(run.log.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(readTrajectories(run)).toEqual({ adapters: [], gaps: [], warnings: [] });
  });

  test("is analysed and drawn without an adapter, and says so", async () => {
    const { analysis, warnings } = await analyzeRun(directory);
    expect(analysis.adapters).toEqual([]);
    expect(analysis.gradNorm?.values).toHaveLength(5);
    const rotation = analysis.absent.find(({ indicator }) => indicator === "rotation");
    expect(rotation).toMatchObject({ verdict: "cannotTell", reason: "no direction was kept" });
    expect(warnings.join("\n")).toContain("the weights themselves were trained");
    const report = await buildRunReport(directory);
    const drawn = report.figures.map(({ id }) => id);
    expect(drawn).toEqual(expect.arrayContaining(["gradient-norm", "loss"]));
    for (const ofAnAdapter of ["norms", "local-cosine", "cosine-to-final", "pca-path", "comp"]) {
      expect(drawn).not.toContain(ofAnAdapter);
    }
    expect(report.recipe).toContain("all weights");
    expect([report.headline, report.evidence, ...report.sentences].join(" ")).not.toContain("adapter");
  });

  test("made elsewhere is one too: a folder of model folders", async () => {
    const elsewhere = join(temporaryFolder(), "elsewhere");
    cpSync(directory, elsewhere, { recursive: true });
    rmSync(join(elsewhere, "run.json"));
    const run = openRun(elsewhere);
    expect(run.manifest).toBeNull();
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 2, 4, 5]);
    expect((await buildRunReport(elsewhere)).status).toBe("imported");
  });

  test("opens at any factor on what was learnt", async () => {
    const last = join(directory, "checkpoint-5");
    const logitsAt = async (factor: number) => {
      const { model, adapters, dispose } = openCheckpoint(base, last, factor);
      expect(adapters).toBeUndefined();
      const logits = await tokenLogits(model, [1, 5, 6, 7]);
      await dispose();
      return logits;
    };
    const plain = await tokenLogits(base, [1, 5, 6, 7]);
    const learnt = await tokenLogits(openModel(last, engine), [1, 5, 6, 7]);
    expect(await logitsAt(0)).toEqual(plain);
    expect(await logitsAt(1)).toEqual(learnt);
    const effects = [learnt, await logitsAt(3)].map((logits) => largestDifference(logits, plain));
    expect(effects[0]).toBeGreaterThan(0.01);
    expect(effects[1]).toBeGreaterThan(2 * (effects[0] ?? NaN));
  });

  test("answers as the models that its checkpoints are, one after the other", async () => {
    const answered: SampledAnswer[] = [];
    const messages = [{ role: "user" as const, content: "w1 w2" }];
    const question = { id: "one", domain: "words", breadth: "narrow" as const, messages };
    const asked = [0, 1].map((sample) => ({ question, sample }));
    const settings = { temperature: 1, maxNewTokens: 6, seed: 1 };
    const works = openRun(directory).checkpoints.map((checkpoint) => ({ checkpoint, scale: 1, asked }));
    await sampleRun(base, works, settings, {
      onAnswers: (answers) => {
        answered.push(...answers);
        return Promise.resolve();
      },
    });
    expect(answered.map(({ step }) => step)).toEqual([0, 0, 2, 2, 4, 4, 5, 5]);
    for (const { path, step } of openRun(directory).checkpoints) {
      const model = openModel(path, engine);
      const promptIds = model.tokenizer.encodePrompt(messages);
      const rows = [0, 1].map((sample) => ({ promptIds, randomName: `one/${sample}` }));
      const texts = (await generate(model, rows, settings)).map((ids) => model.tokenizer.decode(ids));
      expect(answered.filter((each) => each.step === step).map(({ answer }) => answer)).toEqual(texts);
      await model.programs.dispose();
    }
  });

  test("does not open on another architecture", () => {
    const other = openModel(fullTrainingFolders.llama ?? "", engine);
    expect(() => openCheckpoint(other, join(directory, "checkpoint-5"))).toThrow(
      "expected weights of the same architecture",
    );
  });

  test("survives a writer that dies within a checkpoint", () => {
    const killed = join(temporaryFolder(), "killed");
    cpSync(directory, killed, { recursive: true });
    renameSync(join(killed, "checkpoint-5"), join(killed, ".checkpoint-5.partial"));
    rmSync(join(killed, ".checkpoint-5.partial", "model.safetensors"));
    mkdirSync(join(killed, "checkpoint-6"));
    const run = openRun(killed);
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 2, 4]);
    expect(run.gaps.map(({ step }) => step)).toEqual([6]);
    expect(run.warnings.join("\n")).toContain("checkpoint-5 was being written");
  });
});
