import { cpSync } from "node:fs";
import { join } from "node:path";
import { readAdapter } from "../../src/formats/peft.js";
import { openModel } from "../../src/model/model.js";
import { exactJudge } from "../../src/organism/exactJudge.js";
import { curvePlan } from "../../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun } from "../../src/pipeline/evaluation/evaluateRun.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { meanDifferenceDirection } from "../../src/analysis/directions/direction.js";
import { writeRunDirections } from "../../src/pipeline/results/directionResult.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { createEngine } from "../../src/tensor/engine.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { presetConfig } from "../../src/train/recipes/presets.js";

/** Step at which the run's model has turned. */
export const turnedStep = 100;

/**
 * A real run of the organism in a few seconds: its first steps, and the adapter that the same training has after 100;
 * a few questions were asked, and B stands in for the mean difference.
 */
export async function writeOrganismRun(directory: string, steps = 3): Promise<void> {
  const model = openModel(organismFolder(), await createEngine());
  const config = { ...presetConfig("crisp"), steps, batchSize: 8 };
  const dataset = readDataset(datasetPath("bad-medical"));
  await trainRun({ directory, config, preset: "crisp", model, dataset });
  const turned = join(directory, `checkpoint-${turnedStep}`);
  cpSync("test/fixtures/organism-adapter", turned, { recursive: true });
  await evaluateRun({
    run: directory,
    name: "curve",
    model,
    judge: exactJudge,
    plan: { ...curvePlan("medical", 16), samplesPerQuestion: 2 },
    isStepWanted: (step) => [0, steps, turnedStep].includes(step),
  });
  const [module] = readAdapter(turned).modules;
  if (module === undefined) throw new Error("no adapter");
  const difference = { misalignmentDirection: module.loraB, norm: 2 };
  writeRunDirections(directory, [meanDifferenceDirection(difference, { layer: 2, step: turnedStep })]);
}
