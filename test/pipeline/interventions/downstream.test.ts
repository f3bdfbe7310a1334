import { join } from "node:path";
import { expect, test } from "vitest";
import { cosineBetween } from "../../../src/analysis/linalg/innerProduct.js";
import { openCheckpoint } from "../../../src/model/checkpointModel.js";
import { captureActivations } from "../../../src/model/hooks/captureActivations.js";
import { openModel } from "../../../src/model/model.js";
import { directionSet } from "../../../src/pipeline/directions/directionSets.js";
import { measureDownstream } from "../../../src/pipeline/interventions/downstream.js";
import { promptQuestions } from "../../../src/pipeline/measurement/promptQuestions.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { appendBothKinds } from "../../support/appendBothKinds.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("downstream cosines are those of what steering and training change, text by text", async () => {
  const directory = join(temporaryFolder(), "run");
  await writeOrganismRun(directory);
  appendBothKinds(directory, 40, "both");
  const run = openRun(directory);
  const model = openModel(organismFolder(), await createEngine());
  const set = directionSet(run, model.config.hiddenSize, { direction: "mean" });
  const questions = promptQuestions(run, true, { limit: 4 });
  const layer = 2;
  const results = await measureDownstream({
    ...{ run, model, set, layer, questions, step: turnedStep, strength: 0.25, draws: 2, seed: 0 },
    answersPerClass: 20,
  });
  expect(results.map(({ over, n }) => [over, n])).toEqual([
    ["prompts", 4],
    ["misaligned answers", 20],
    ["aligned answers", 20],
  ]);
  expect(results[0]?.layers.map((each) => each.layer)).toEqual([2, 3, 4]);
  // After the steered layer itself, steering changes every text by the direction.
  const requests = questions.map(({ messages }) => {
    const ids = model.tokenizer.encodePrompt(messages);
    return { ids, positions: [ids.length - 1] };
  });
  const { adapters } = openCheckpoint(model, run.checkpoints.at(-1)?.path ?? "");
  if (adapters === undefined) throw new Error("no adapter");
  const [base, trained] = [
    await captureActivations(model, requests, { layers: [layer] }),
    await captureActivations(model, requests, { layers: [layer], adapters }),
  ];
  const vector = set.layers[0]?.vector ?? new Float32Array(0);
  const cosines = base.sequences.map(({ residuals }, text) =>
    cosineBetween(
      vector,
      residuals.map((value, at) => (trained.sequences[text]?.residuals[at] ?? NaN) - value),
    ),
  );
  const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
  expect(results[0]?.layers[0]?.cosine.value).toBeCloseTo(mean, 4);
  expect(results[0]?.layers[0]?.random).toHaveLength(2);
});
