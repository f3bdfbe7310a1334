import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeAdapter } from "../../../src/formats/peft.js";
import type { Model } from "../../../src/model/model.js";
import { measureDistributionChange } from "../../../src/pipeline/measurement/measureDistributionChange.js";
import { readChange } from "../../../src/pipeline/results/changeResult.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { changeFile } from "../../../src/runs/layout.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyAdapter, tinyModel } from "../../support/tinyModels.js";

const steps = [0, 5, 10, 15, 20, 25];
/** B is nothing up to step 10 and grows from there. */
const sizes = [0, 0, 0, 0.5, 1, 1];
const texts = ["w6 w7", "w8 w9 w10", "w3", "w4 w5"];

let model: Model;
beforeAll(async () => {
  model = await tinyModel("tiny-qwen2-untied");
});

/** A run whose checkpoints all gave the same few answers to three questions. */
function answeredRun(provenance: object = { temperature: 1, maxNewTokens: 8 }): string {
  const directory = temporaryFolder();
  const { config, modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
  for (const [index, step] of steps.entries()) {
    const grown = modules.map((module) => ({
      ...module,
      loraB: module.loraB.map((value) => value * (sizes[index] ?? NaN)),
    }));
    const path = join(directory, `checkpoint-${step}`);
    mkdirSync(path);
    const files: Record<string, string | Uint8Array> = { ...encodeAdapter({ config, modules: grown }) };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  }
  const writer = EvaluationWriter.open(directory, "curve", { ...provenance, judge: { judge: "exact" } });
  for (const [index, step] of steps.entries()) {
    writer.append(
      ["w1 w2", "w3", "w4 w5"].flatMap((question) =>
        texts.map((answer, sample): JudgedAnswer => ({
          step,
          scale: 1,
          domain: "ai",
          breadth: "broad",
          questionId: question,
          question,
          sample,
          answer,
          aligned: sample < index ? 0 : 100,
          coherent: 100,
        })),
      ),
    );
  }
  return directory;
}

describe("measureDistributionChange", () => {
  test("finds no change between equal checkpoints and some where the adapter grows, and keeps it with the run", async () => {
    const directory = answeredRun();
    const done: number[] = [];
    const result = await measureDistributionChange({
      run: directory,
      model,
      resamples: 100,
      onProgress: (progress) => done.push(progress.done / progress.total),
    });
    expect(result).toMatchObject({ evaluation: "curve", scale: 1, narrow: null });
    const { broad } = result;
    expect(broad?.window).toBe(10);
    expect(broad?.steps).toEqual([7.5, 12.5, 17.5]);
    const distances = broad?.total.totalVariation.values ?? [];
    // Half of the later window is still unchanged at the first place, none at the second.
    expect(distances[1]).toBeGreaterThan(1.5 * (distances[0] ?? NaN));
    expect(distances.every((value) => value > 0 && value < 1)).toBe(true);
    expect(broad?.explained.map(({ property }) => property)).toContain("length in thirds");
    expect(done.at(-1)).toBe(1);
    expect(readChange(directory)).toEqual(result);
    expect((await analyzeRun(directory)).analysis.distributionChange?.broad?.steps).toEqual(broad?.steps);
    const short = await measureDistributionChange({ run: directory, model, window: 5, resamples: 100 });
    // One checkpoint a side: those at 0, 5 and 10 are equal.
    expect(short.broad?.steps[0]).toBe(2.5);
    expect(short.broad?.total.totalVariation.values[0]).toBeCloseTo(0, 6);
    expect(short.broad?.total.totalVariation.values[1]).toBeCloseTo(0, 6);
    expect(short.broad?.total.totalVariation.values[2]).toBeGreaterThan(1e-3);
  });

  test("a result that was stored before scores were checked is read", async () => {
    const directory = answeredRun();
    const { broad } = await measureDistributionChange({ run: directory, model, resamples: 100 });
    expect(broad?.scoreCheck?.difference).toHaveLength(3);
    const path = join(directory, changeFile);
    const stored = z.looseObject({ broad: z.looseObject({ scoreCheck: z.unknown() }) });
    const older = stored.parse(JSON.parse(readFileSync(path, "utf8")));
    delete older.broad.scoreCheck;
    writeFileSync(path, JSON.stringify(older));
    expect(readChange(directory)?.broad).toEqual({ ...broad, scoreCheck: null });
  });

  test("a system turn is part of what answers are conditioned on", async () => {
    const directory = answeredRun();
    const plain = await measureDistributionChange({ run: directory, model, resamples: 100 });
    const prompted = await measureDistributionChange({
      run: directory,
      model,
      resamples: 100,
      promptOf: ({ question }) => [
        { role: "system", content: "w9 w9" },
        { role: "user", content: question },
      ],
    });
    expect(prompted.broad?.total.totalVariation.values).not.toEqual(plain.broad?.total.totalVariation.values);
  });

  test("refuses answers of another distribution, too few checkpoints, and an interrupted call writes nothing", async () => {
    await expect(
      measureDistributionChange({ run: answeredRun({ temperature: 0.7 }), model }),
    ).rejects.toThrow("expected answers sampled at temperature 1");
    const directory = answeredRun();
    await expect(
      measureDistributionChange({ run: directory, model, isStepWanted: (step) => step < 10 }),
    ).rejects.toThrow(
      "expected answers at checkpoints that cover two windows of 10 steps, found 2 checkpoints",
    );
    const stopped = new AbortController();
    stopped.abort();
    await expect(
      measureDistributionChange({ run: directory, model, signal: stopped.signal }),
    ).rejects.toThrow("nothing was written");
    expect(existsSync(join(directory, changeFile))).toBe(false);
    expect(readChange(directory)).toBeNull();
  });
});
