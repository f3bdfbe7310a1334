/**
 * Writes every adapter of ownAdapters.ts, and the model that it is merged into, for peftInterchange.py.
 *
 *     npx tsx test/golden/model/writeOwnAdapters.ts FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adapterConfigFile, adapterWeightsFile, encodeAdapter } from "../../../src/formats/peft.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { ownAdapter, ownAdapters } from "./ownAdapters.js";

const [target = ""] = process.argv.slice(2);
const engine = await createEngine();
for (const [name, { base }] of Object.entries(ownAdapters)) {
  const adapter = ownAdapter(name);
  const folder = join(target, name, "adapter");
  mkdirSync(folder, { recursive: true });
  const files = encodeAdapter(adapter);
  for (const file of [adapterConfigFile, adapterWeightsFile] as const)
    writeFileSync(join(folder, file), files[file]);
  writeFileSync(join(target, name, "base.txt"), base);
  await mergeAdapter(engine, join("test", "fixtures", base), adapter, join(target, name, "merged"));
}
