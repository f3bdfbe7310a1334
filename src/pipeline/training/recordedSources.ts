import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import { readableFolder } from "../../runs/atomicFiles.js";
import { stateFolder } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";

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
