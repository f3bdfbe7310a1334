import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TransitionEvent } from "../../../src/analysis/transitions/transitionWatch.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { usualPersonas } from "../../../src/pipeline/measurement/personaDirection.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { logPreview } from "../../../src/pipeline/report/runPreview.js";
import { readDisposition } from "../../../src/pipeline/results/dispositionResult.js";
import { livePrompts } from "../../../src/pipeline/training/livePrompts.js";
import { trainRun, type TrainRequest } from "../../../src/pipeline/training/trainRun.js";
import { dispositionFile } from "../../../src/runs/layout.js";
import { readTransitions } from "../../../src/runs/transitionLog.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset, type Dataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { everything, trained } from "../../support/training/smallRuns.js";
import { filesOf, smallDataset } from "../../support/training/tinyTraining.js";

/** Files of a run but for what reading its prompts leaves, and what the detectors said. */
function trainedFiles(directory: string): Map<string, string> {
  return new Map([...filesOf(directory)].filter(([path]) => !/^analysis\/|^transitions\.jsonl$/.test(path)));
}

/** Trains until after a step, as if somebody had interrupted it there. */
function until(last: number): Pick<TrainRequest, "signal" | "onStep"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === last) controller.abort();
    },
  };
}

describe("a training whose prompts are read", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-live-"));
  let model: Model;
  let dataset: Dataset;
  let plain: string;
  const config = { ...everything, steps: 12, checkpoints: "every 2" };

  beforeAll(async () => {
    model = await tinyModel("tiny-qwen2");
    dataset = smallDataset(folder);
    plain = await trained(model, dataset, "plain", config);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("makes the same bytes, and has readings of the first, the last and every n-th step", async () => {
    const read = await trained(model, dataset, "read", { ...config, steps: 11 }, { dispositionEvery: 4 });
    const unread = await trained(model, dataset, "unread", { ...config, steps: 11 });
    expect(trainedFiles(read)).toEqual(trainedFiles(unread));
    const kept = readDisposition(read);
    expect(kept?.about.steps).toEqual([0, 4, 8, 11]);
    expect(kept?.about.directions[0]?.name).toBe(usualPersonas);
    expect(kept?.about.questions.length).toBeLessThanOrEqual(livePrompts);
    // Its page draws the curve before the run is analysed, and of a file that cannot be read nothing.
    const drawn = (): string[] => logPreview(read).figures.map(({ id }) => id);
    expect(drawn()).toContain("disposition");
    writeFileSync(join(read, dispositionFile), "no readings");
    expect(drawn()).toEqual(["gradient-norm", "loss"]);
  });

  test.each(["full", "directions"] as const)(
    "goes on where it was interrupted, to the same bytes and readings, keeping %s",
    async (keep) => {
      const own = { ...config, keep, keepFullEvery: 6 };
      const whole = await trained(model, dataset, `whole-${keep}`, own, { dispositionEvery: 2 });
      const name = `resumed-${keep}`;
      const directory = await trained(model, dataset, name, own, { dispositionEvery: 2, ...until(7) });
      expect(readDisposition(directory)?.about.steps).toEqual([0, 2, 4, 6]);
      await trained(model, dataset, name, own, { dispositionEvery: 2, resume: true });
      expect(filesOf(directory)).toEqual(filesOf(whole));
    },
  );

  test("drops the readings of steps that are trained again", async () => {
    const own = { dispositionEvery: 2 };
    const later = await trained(model, dataset, "later", config, own);
    const directory = await trained(model, dataset, "early", config, { ...own, ...until(5) });
    expect(readDisposition(directory)?.about.steps).toEqual([0, 2, 4]);
    // As if it had been killed after reading steps whose state it did not write.
    cpSync(join(later, dispositionFile), join(directory, dispositionFile));
    await trained(model, dataset, "early", config, { resume: true, ...until(6) });
    expect(readDisposition(directory)?.about.steps).toEqual([0, 2, 4]);
  });

  test("writes its readings as often as they have grown by a tenth, and all of them in the end", async () => {
    const file = join(folder, "long", dispositionFile);
    const sizes = new Set<number>();
    const long = { ...config, steps: 60, checkpoints: "every 1" };
    const directory = await trained(model, dataset, "long", long, {
      dispositionEvery: 1,
      onStep: ({ step }) => {
        if (!existsSync(file)) return;
        sizes.add(statSync(file).size);
        const there = readDisposition(join(folder, "long"))?.steps.length ?? 0;
        expect(1.1 * there).toBeGreaterThan(step - 2);
      },
    });
    expect(readDisposition(directory)?.steps).toHaveLength(61);
    expect(sizes.size).toBeLessThan(30);
  });

  test("goes on to its end where it cannot be read, and says so once", async () => {
    const said: string[] = [];
    const directory = await trained(model, dataset, "broken", config, {
      dispositionEvery: 2,
      onUnread: (message) => said.push(message),
      onStep: ({ step }) => {
        // A folder where the file should be.
        const file = join(folder, "broken", dispositionFile);
        if (step !== 3) return;
        rmSync(file);
        mkdirSync(join(file, "in the way"), { recursive: true });
      },
    });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(dispositionFile);
    expect(trainedFiles(directory)).toEqual(trainedFiles(plain));
    // Continued, what cannot be read is read anew.
    const cut = await trained(model, dataset, "cut", config, { dispositionEvery: 2, ...until(5) });
    writeFileSync(join(cut, dispositionFile), "no readings");
    const resumed = { dispositionEvery: 2, resume: true, onUnread: (message: string) => said.push(message) };
    await trained(model, dataset, "cut", config, resumed);
    expect(said).toHaveLength(1);
    expect(readDisposition(cut)?.about.steps).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(trainedFiles(cut)).toEqual(trainedFiles(plain));
  });
});

test("the organism's disposition turns while it is trained, and once only where the run is continued", async () => {
  const model = openModel(organismFolder(), await createEngine());
  const directory = join(temporaryFolder(), "organism");
  const events: TransitionEvent[] = [];
  const request: TrainRequest = {
    ...{ directory, model, dispositionEvery: 2 },
    config: presetConfig("crisp"),
    dataset: readDataset(datasetPath("bad-medical")),
    onTransition: (event) => events.push(event),
  };
  expect(await trainRun({ ...request, ...until(56) })).toBe("interrupted");
  const [turn, ...others] = events.filter(({ transition }) => transition.indicator === "disposition");
  expect(others).toEqual([]);
  expect(turn?.knownAt).toBeLessThanOrEqual(56);
  expect(Math.abs((turn?.transition.step ?? NaN) - 43)).toBeLessThanOrEqual(2);
  expect(await trainRun({ ...request, resume: true, ...until(62) })).toBe("interrupted");
  const kept = readTransitions(directory).filter(({ indicator }) => indicator === "disposition");
  expect(kept.map(({ knownAt }) => knownAt)).toEqual([turn?.knownAt]);
}, 300_000);
