import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf, TurncoatError } from "../../errors.js";
import { checkpointKind, trainedFile } from "../../formats/checkpointKind.js";
import { readTrainedVectors } from "../../formats/trainedVectors.js";
import { readAdapterConfig } from "../../formats/adapterConfig.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import { adapterConfigFile } from "../../formats/peft.js";
import { organismFolder } from "../packageRoot.js";

/** The model that a run was trained from, where it is on this machine. */
export interface BaseModel {
  readonly folder: string;
  /** True for the embedded organism, wherever its files lie. */
  readonly isOrganism: boolean;
}

/**
 * Finds a run's base model: where the run says it is; else the embedded organism, where the run says that its weights
 * are those; else the folder given.
 *
 * @param given a model folder for runs whose own is not here
 * @throws TurncoatError saying which model is missing
 */
export function baseModelOf(source: RunSource, given?: string): BaseModel {
  const run = runOf(source);
  const sha256 = run.manifest?.baseModel.sha256 ?? null;
  const known = (folder: string): BaseModel => ({ folder, isOrganism: isOrganismBase(run, folder) });
  const named = run.manifest?.baseModel.path ?? adapterBase(run);
  if (named !== null && isModelFolder(named)) return known(resolve(named));
  if (sha256 !== null && sha256 === organismSha256()) return known(organismFolder());
  if (given !== undefined) return known(checkedFolder(given, sha256, run.directory));
  throw new TurncoatError(
    named === null
      ? `${run.directory}: the run does not say what model it was trained from`
      : `${run.directory}: its base model ${named} is not on this machine`,
    { hint: "Put its folder there, or say where it is with --model FOLDER." },
  );
}

/** Tells whether a run's base model, which lies in a folder, is the embedded organism. */
export function isOrganismBase(run: RunSource, folder: string): boolean {
  const { manifest } = runOf(run);
  return manifest?.baseModel.sha256 === organismSha256() || resolve(folder) === resolve(organismFolder());
}

let embedded: string | undefined;

/** Reads the SHA-256 of the embedded organism's weights. */
function organismSha256(): string {
  return (embedded ??= sha256OfModelWeights(organismFolder()));
}

function isModelFolder(folder: string): boolean {
  return existsSync(join(folder, "config.json"));
}

function checkedFolder(folder: string, sha256: string | null, directory: string): string {
  if (!isModelFolder(folder)) {
    throw new TurncoatError(`${folder}: expected a Hugging Face model folder, found no config.json in it`);
  }
  const found = sha256 === null ? null : sha256OfModelWeights(folder);
  if (found === sha256) return resolve(folder);
  throw new TurncoatError(
    `${folder}: expected the weights that ${directory} was trained from (SHA-256 ${sha256?.slice(0, 12)}…), ` +
      `found ${found?.slice(0, 12)}…`,
    { hint: "Give the folder of that very model with --model." },
  );
}

/** Reads from the last checkpoint's adapter which model it belongs to: a path, or a name on a hub. */
function adapterBase({ checkpoints }: Run): string | null {
  const last = checkpoints.at(-1);
  const kind = last && checkpointKind(last.path);
  if (last === undefined || (kind !== "adapter" && kind !== "vectors")) return null;
  try {
    if (kind === "vectors") return readTrainedVectors(trainedFile(last.path)).baseModel;
    return readAdapterConfig(join(last.path, adapterConfigFile)).baseModel ?? null;
  } catch (error) {
    throw new TurncoatError(messageOf(error), { cause: error });
  }
}
