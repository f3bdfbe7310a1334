import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readScalars, type ScalarsFile } from "../../../src/formats/scalars/scalarsFile.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { captureActivations, responseRequest } from "../../../src/model/hooks/captureActivations.js";
import { openCheckpoint } from "../../../src/model/checkpointModel.js";
import { probeAnswers } from "../../../src/pipeline/measurement/probeAnswers.js";
import { unreachedAnswers } from "../../../src/pipeline/measurement/answerSignificance.js";
import { readRunScalars, runScalars, writeRunScalars } from "../../../src/pipeline/measurement/runScalars.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { appendBothKinds } from "../../support/appendBothKinds.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-scalars-"));
const directory = join(parent, "run");
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  await trainRun({
    directory,
    config: { ...presetConfig("crisp"), steps: 2, batchSize: 4 },
    model,
    dataset: readDataset(datasetPath("bad-medical")),
  });
  cpSync("test/fixtures/organism-adapter", join(directory, "checkpoint-100"), { recursive: true });
  appendBothKinds(directory, 60);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** The answers that a file's tokens spell. */
function texts({ tokenIds = new Int32Array(), answerIndex }: ScalarsFile): string[] {
  const ids = new Map<number, number[]>();
  for (const [place, answer] of answerIndex.entries())
    ids.set(answer, [...(ids.get(answer) ?? []), tokenIds[place] ?? -1]);
  return [...ids.values()].map((each) => model.tokenizer.decode(each).trim());
}

describe("runScalars", () => {
  test("holds A·h of the checkpoint at every response token, the token and its answer", async () => {
    const made = await runScalars({ run: directory, model, answersPerClass: 24 });
    const { chosen } = probeAnswers(directory, 24, 0);
    expect(made.step).toBe(100);
    expect(texts(made.misaligned)).toEqual(chosen.slice(0, 24).map(({ answer }) => answer));
    expect(texts(made.aligned)).toEqual(chosen.slice(24).map(({ answer }) => answer));
    const { modules } = readAdapter(join(directory, "checkpoint-100"));
    expect(made.aligned.features).toEqual(modules.map(({ modulePath }) => modulePath));

    // What the adapter adds to the stream after its layer is scaling · (A·h) · B.
    const chat = responseRequest(
      model.tokenizer.encodeChat([
        { role: "user", content: chosen[0]?.question ?? "" },
        { role: "assistant", content: chosen[0]?.answer ?? "" },
      ]),
    );
    const [module] = modules;
    if (module === undefined) throw new Error("no adapter");
    const layer = Number(/layers\.(\d+)/.exec(module.modulePath)?.[1]);
    const { adapters } = openCheckpoint(model, join(directory, "checkpoint-100"));
    const withIt = await captureActivations(model, [chat], {
      layers: [layer],
      ...(adapters && { adapters }),
    });
    const without = await captureActivations(model, [chat], { layers: [layer] });
    const length = module.loraB.reduce((sum, value) => sum + value ** 2, 0);
    for (const place of chat.positions.keys()) {
      const at = (from: typeof withIt, index: number) =>
        from.sequences[0]?.residuals[place * module.outFeatures + index] ?? NaN;
      const along = module.loraB.reduce(
        (sum, value, index) => sum + value * (at(withIt, index) - at(without, index)),
        0,
      );
      expect(made.misaligned.scalars[place]).toBeCloseTo(along / (module.scaling * length), 3);
    }
  });

  test("is written into the run, and read back", async () => {
    const made = await runScalars({ run: directory, model, step: 2, answersPerClass: 20, seed: 1 });
    const paths = writeRunScalars(directory, made);
    expect(paths.aligned).toBe(join(directory, "analysis", "scalars", "aligned.safetensors"));
    const read = readScalars(paths.misaligned);
    expect(read.scalars).toEqual(made.misaligned.scalars);
    expect(read.tokenIds).toEqual(made.misaligned.tokenIds);
    expect(read.metadata.step).toBe("2");
    expect(read.metadata.what).toContain("20 misaligned answers");
  });

  test("is read back only where both files are of one call: a killed one may have written the first", async () => {
    const folder = join(parent, "half");
    const first = await runScalars({ run: directory, model, step: 2, answersPerClass: 20 });
    writeRunScalars(directory, first, folder);
    expect(readRunScalars(directory, folder)?.aligned.metadata.step).toBe("2");
    const second = await runScalars({ run: directory, model, step: 100, answersPerClass: 20 });
    const { aligned } = writeRunScalars(directory, second, join(parent, "other"));
    cpSync(aligned, join(folder, "aligned.safetensors"));
    expect(readRunScalars(directory, folder)).toBeUndefined();
  });

  test("holds the significance of each token where it is asked for", async () => {
    const done: number[] = [];
    const made = await runScalars({
      run: directory,
      model,
      answersPerClass: 20,
      withSignificance: true,
      onProgress: (progress) => done.push(progress.done / progress.total),
    });
    const { significance = new Float32Array(), answerIndex, tokenIds = new Int32Array() } = made.misaligned;
    expect(significance).toHaveLength(answerIndex.length);
    const last = [...answerIndex.keys()].filter((row) => answerIndex[row] !== answerIndex[row + 1]);
    // Nothing of an answer comes after its end.
    for (const row of last)
      expect([tokenIds[row], significance[row]]).toEqual([model.tokenizer.endOfTurnId, 0]);
    expect(significance.filter((value) => value > 0)).toHaveLength(answerIndex.length - last.length);
    expect(done.at(-1)).toBe(1);
    const path = writeRunScalars(directory, made, join(parent, "elsewhere")).misaligned;
    expect(readScalars(path).significance).toEqual(significance);
  });

  test("goes on with significances where it was interrupted", async () => {
    const controller = new AbortController();
    const settings = { run: directory, model, answersPerClass: 20, withSignificance: true };
    const begun = await runScalars({
      ...settings,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 43) controller.abort();
      },
    });
    const folder = join(parent, "resumed");
    writeRunScalars(directory, begun, folder);
    expect([unreachedAnswers(begun.misaligned), unreachedAnswers(begun.aligned)]).toEqual([17, 20]);
    const whole = await runScalars({ ...settings, known: readRunScalars(directory, folder) });
    expect(unreachedAnswers(whole.misaligned) + unreachedAnswers(whole.aligned)).toBe(0);
    const known = [...(begun.misaligned.significance ?? [])].filter((value) => !Number.isNaN(value));
    expect([...(whole.misaligned.significance ?? [])].slice(0, known.length)).toEqual(known);
    // What is known is taken as it is, of the same scalars only.
    const marked = {
      ...whole.misaligned,
      significance: Float32Array.from(whole.misaligned.answerIndex, () => 7),
    };
    const again = await runScalars({ ...settings, known: { misaligned: marked, aligned: whole.aligned } });
    expect(new Set(again.misaligned.significance)).toEqual(new Set([7]));
    const other = await runScalars({
      ...settings,
      step: 2,
      known: { misaligned: marked, aligned: whole.aligned },
    });
    expect(other.misaligned.significance).not.toContain(7);
  });

  test("refuses a step that is not there", async () => {
    await expect(runScalars({ run: directory, model, step: 7 })).rejects.toThrow(
      /expected a checkpoint of step 7, found none/,
    );
  });
});
