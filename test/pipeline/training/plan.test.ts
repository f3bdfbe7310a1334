import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planTraining } from "../../../src/pipeline/training/plan.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { trained } from "../../support/training/smallRuns.js";

/** Bytes of the files in a run's folders of these names, however deep. */
function bytesIn(run: string, isCounted: (name: string) => boolean): number {
  return readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isCounted(path.slice(run.length + 1)))
    .reduce((sum, path) => sum + statSync(path).size, 0);
}

test.each(["full", "bf16", "directions"] as const)(
  "a plan counts what stays of a training that keeps %s",
  async (keep) => {
    const dataset = smallDataset(temporaryFolder());
    const model = await tinyModel("tiny-qwen2");
    const config = { ...smallConfig, rank: 32, keep, keepFullEvery: 4, keepState: "every 3" };
    const { bytes } = await planTraining({ config, modelConfig: model.config, dataset, model });
    const run = await trained(model, dataset, "run", config);
    const counted = {
      checkpoints: bytesIn(run, (path) => path.startsWith("checkpoint-")),
      directions: bytesIn(run, (path) => path.startsWith("directions/")),
      states: bytesIn(run, (path) => path.startsWith("states/") && path.endsWith(".safetensors")),
    };
    expect(counted.directions > 0).toBe(keep === "directions");
    // Headers of states are not counted, and those of bfloat16 are a little shorter.
    for (const part of ["checkpoints", "directions", "states"] as const)
      expect(Math.abs(bytes[part] - counted[part])).toBeLessThanOrEqual(0.05 * counted[part]);
  },
);
