import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { openRun, type Run } from "../../src/runs/openRun.js";
import { createEngine } from "../../src/tensor/engine.js";
import type { Engine } from "../../src/tensor/program.js";
import { curveCases, runCurve, trainerCases, type CurveCase } from "../golden/train/curves.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { largestDifference } from "../support/tinyModels.js";

const numbers = z.array(z.number());
const curve = z.object({
  losses: numbers,
  norms: numbers,
  rates: numbers,
  final: z.record(z.string(), numbers),
});
const line = z.object({
  step: z.number(),
  loss: z.number().optional(),
  grad_norm: z.number().optional(),
  learning_rate: z.number().optional(),
  eval_loss: z.number().optional(),
});
const read = (name: string): unknown => JSON.parse(readFileSync(`test/golden/train/${name}.json`, "utf8"));
/** Both are made by test/golden/train/curves.py. */
const curves = z.object({ cases: z.record(z.string(), curve) }).parse(read("curves")).cases;
const trainerRuns = z.object({ cases: z.record(z.string(), z.array(line)) }).parse(read("trainerRuns")).cases;

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
});

/** The largest difference of two rows of numbers, as a share of each. */
function relative(values: readonly number[], expected: readonly number[]): number {
  const shares = values.map((value, index) => value / (expected[index] ?? NaN));
  return values.length === expected.length
    ? largestDifference(
        shares,
        shares.map(() => 1),
      )
    : NaN;
}

/** What curves.py keeps of each tensor in the end. */
function probesOf({ directory }: Run, { config }: CurveCase): Map<string, number[]> {
  const file = config.method === "full" ? "model.safetensors" : "adapter_model.safetensors";
  const { tensors } = readSafetensors(join(directory, `checkpoint-${config.steps}`, file));
  return new Map(
    [...tensors].map(([name, { data }]) => {
      const share = data.reduce((sum, value, index) => sum + value * Math.cos(index + 1), 0);
      const short = name.replace(/^base_model\.model\./, "").replace(/\.weight$/, "");
      return [short, [Math.hypot(...data), share, ...data.subarray(0, 2)]];
    }),
  );
}

test("every case has its golden", () => {
  expect(Object.keys(curves).sort()).toEqual(Object.keys(curveCases).sort());
  expect(Object.keys(trainerRuns).sort()).toEqual(Object.keys(trainerCases).sort());
});

describe("fifty steps are PyTorch's with PEFT, one by one", () => {
  test.each(Object.entries(curveCases))("%s", async (name, settings) => {
    const expected = curves[name];
    const run = openRun(await runCurve(engine, settings, temporaryFolder()));
    const column = (key: "loss" | "gradNorm" | "learningRate") => run.log.map((row) => row[key] ?? NaN);
    // Both sides compute in float32, whose rounding is 6e-8, and add in another order.
    expect(relative(column("loss"), expected?.losses ?? [])).toBeLessThan(3e-6);
    expect(relative(column("gradNorm"), expected?.norms ?? [])).toBeLessThan(2e-5);
    expect(largestDifference(column("learningRate"), expected?.rates ?? [])).toBeLessThan(1e-15);
    const probes = probesOf(run, settings);
    expect([...probes.keys()].sort()).toEqual(Object.keys(expected?.final ?? {}).sort());
    for (const [tensor, found] of probes) {
      const wanted = expected?.final[tensor] ?? [];
      const [norm = NaN] = wanted;
      expect(largestDifference(found, wanted), tensor).toBeLessThan(1e-5 * norm);
    }
  });
});

describe("every line of the log is that of the Hugging Face Trainer", () => {
  test.each(Object.entries(trainerCases))("%s", async (name, settings) => {
    const lines = trainerRuns[name] ?? [];
    const run = openRun(await runCurve(engine, settings, temporaryFolder()));
    const trained = lines.filter(({ loss }) => loss !== undefined);
    const evaluated = lines.filter((each) => each.eval_loss !== undefined);
    expect(run.log.map(({ step }) => step)).toEqual(trained.map(({ step }) => step));
    expect(run.trainerEvaluations.map(({ step }) => step)).toEqual(evaluated.map(({ step }) => step));
    const ours = (key: "loss" | "gradNorm" | "learningRate") => run.log.map((row) => row[key] ?? NaN);
    const theirs = (key: "loss" | "grad_norm" | "learning_rate") => trained.map((row) => row[key] ?? NaN);
    expect(relative(ours("loss"), theirs("loss"))).toBeLessThan(3e-6);
    expect(relative(ours("gradNorm"), theirs("grad_norm"))).toBeLessThan(2e-5);
    expect(largestDifference(ours("learningRate"), theirs("learning_rate"))).toBeLessThan(1e-15);
    expect(run.log[0]?.learningRate).toBe(0);
    const losses = run.trainerEvaluations.map(({ values }) => values.eval_loss ?? NaN);
    expect(
      relative(
        losses,
        evaluated.map((each) => each.eval_loss ?? NaN),
      ),
    ).toBeLessThan(3e-6);
  });
});
