import { existsSync } from "node:fs";
import { TurncoatError } from "../../errors.js";
import type { RunManifest } from "../../runs/manifest.js";
import type { Dataset } from "../../train/data/dataset.js";
import { builtInDatasets } from "./builtInDatasets.js";
import { openDataset } from "./openDataset.js";

/**
 * Opens the data that a run was trained on: what is given, or else the built-in data set or the file that the run names.
 * @param run its folder, for errors
 * @param given file or name of a built-in data set. @default what the run names
 * @throws TurncoatError where it is not there, or has another checksum than the run recorded
 */
export function recordedDataset(run: string, { dataset }: RunManifest, given?: string): Dataset {
  const expected = `expected the data that it was trained on, with the SHA-256 ${dataset.sha256}`;
  const hint = "Say with --data where that is now.";
  if (given === undefined && builtInDatasets.includes(dataset.name)) {
    const builtIn = openDataset(dataset.name);
    if (builtIn.sha256 === dataset.sha256) return builtIn;
  }
  const source = given ?? dataset.path ?? dataset.name;
  if (given === undefined && !existsSync(source))
    throw new TurncoatError(`${run}: ${expected}, found no file ${source}`, { hint });
  const found = openDataset(source);
  if (found.sha256 === dataset.sha256) return found;
  throw new TurncoatError(`${run}: ${expected}, found ${found.sha256} in ${source}`, { hint });
}
