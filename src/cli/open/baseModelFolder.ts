import { TurncoatError } from "../../errors.js";
import type { Run } from "../../runs/openRun.js";

/**
 * The folder of the model that a command runs a run's checkpoints on: the one given with --model, or else the one that
 * the run names.
 * @throws TurncoatError where neither names one
 */
export function baseModelFolder({ directory, manifest }: Run, given: string | undefined): string {
  const folder = given ?? manifest?.baseModel.path;
  if (folder !== undefined) return folder;
  throw new TurncoatError(`${directory}: expected a run.json that names the base model, found none`, {
    hint: "name the base model's folder with --model",
  });
}
