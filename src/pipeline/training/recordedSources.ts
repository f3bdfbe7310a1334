import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import { readableFolder } from "../../runs/atomicFiles.js";
import { stateFolder } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";
import type { Dataset } from "../../train/data/dataset.js";
import { builtInDatasets, openDataset } from "../data/openDataset.js";

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

/**
 * Finds the model that a run was trained from.
 * @param run its folder, for errors
 * @param given its folder. @default the one that the run names
 * @throws TurncoatError where it is not there, or its weights have another checksum than the run recorded
 */
export function recordedModel(run: string, { baseModel }: RunManifest, given?: string): string {
  const folder = given ?? baseModel.path;
  const expected = `expected the model that it was trained from, with the SHA-256 ${baseModel.sha256}`;
  const hint = "Say with --model where that is now.";
  if (!existsSync(folder))
    throw new TurncoatError(`${run}: ${expected}, found no folder ${folder}`, { hint });
  const found = sha256OfModelWeights(folder);
  if (found === baseModel.sha256) return folder;
  throw new TurncoatError(`${run}: ${expected}, found ${found} in ${folder}`, { hint });
}

/**
 * Finds the run whose kept state a run went on from: where it was then, or beside the run now.
 * @throws TurncoatError where the state is in neither place
 */
export function recordedParent(run: string, branch: NonNullable<RunManifest["branch"]>): string {
  const places = [branch.path, join(dirname(resolve(run)), basename(branch.run))];
  const found = places.find((place) => readableFolder(join(place, stateFolder(branch.step))) !== null);
  if (found !== undefined) return found;
  throw new TurncoatError(
    `${run}: expected the state of ${branch.run} at step ${branch.step}, from which it went on, in ${branch.path}, found none`,
    { hint: `Put ${branch.run} with its states/ folder there, or beside the run.` },
  );
}
