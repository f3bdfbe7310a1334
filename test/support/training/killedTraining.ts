/**
 * A training in a process of its own that a test kills.
 *
 *     node --import tsx test/support/training/killedTraining.ts DIRECTORY DATA KEEP [OPERATION]
 *
 * It trains the tiny model as `killedConfig` says, with what is kept of a step as named, goes on where a run is there already, and prints `step N` after each
 * step. With OPERATION it kills itself with SIGKILL just before it changes the disk for that many times.
 */
import fs, { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { keptForms } from "../../../src/train/trainConfig.js";
import { tinyModel } from "../tinyModels.js";
import { killedConfig } from "./smallRuns.js";

/** Functions by which a training changes the disk. */
const changes = ["appendFileSync", "mkdirSync", "renameSync", "rmSync", "writeFileSync", "writeSync"];

/** Kills this process just before it changes the disk for the given time. */
function killBefore(operation: number): void {
  let count = 0;
  for (const name of changes) {
    const change: unknown = Reflect.get(fs, name);
    if (typeof change !== "function") throw new TypeError(`node:fs has no ${name}`);
    const counted = new Proxy(change, {
      apply(target, self, given: unknown[]): unknown {
        count++;
        if (count >= operation) process.kill(process.pid, "SIGKILL");
        return Reflect.apply(target, self, given);
      },
    });
    Reflect.set(fs, name, counted);
  }
  syncBuiltinESMExports();
}

const [directory = "", data = "", keep = "", operation] = process.argv.slice(2);
const model = await tinyModel("tiny-qwen2");
const dataset = readDataset(data);
if (operation !== undefined) killBefore(Number(operation));
await trainRun({
  directory,
  config: killedConfig(z.enum(keptForms).parse(keep)),
  model,
  dataset,
  resume: existsSync(join(directory, "run.json")),
  onStep: ({ step }) => process.stdout.write(`step ${step}\n`),
});
