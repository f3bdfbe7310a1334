/**
 * Trains every model of fullTrainings.ts, for fullTraining.py.
 *
 *     npx tsx test/golden/train/writeFullTraining.ts FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openModel } from "../../../src/model/model.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { fullTrainingFolders, fullTrainingRows, runFullTraining } from "./fullTrainings.js";

const [target = ""] = process.argv.slice(2);
const engine = await createEngine();
for (const [name, folder] of Object.entries(fullTrainingFolders)) {
  const own = join(target, name);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "rows.json"), JSON.stringify(fullTrainingRows(openModel(folder, engine))));
  await runFullTraining(engine, name, own, { run: "whole" });
}
