import { basename, dirname, join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { manifestFile, stepOfFolder } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { recipeNamed } from "../../train/recipes/recipes.js";
import { settingsOf } from "../../train/recipes/resolve.js";
import type { SettingsLayer } from "../../train/recipes/settings.js";

/** What a training starts from: a recipe, a run that is continued, or the checkpoint of another run. */
export interface StartingPoint {
  /** Settings, over which others may be laid. */
  readonly base: SettingsLayer;
  /** Name of the recipe, which the run records; null where there is none. */
  readonly recipe: string | null;
  /** Run whose model, data and chat template hold where no others are named; null where there is none. */
  readonly run: RunManifest | null;
  /** Run and step whose state the training goes on from. */
  readonly branch?: { readonly directory: string; readonly step: number };
}

/** Starts from a recipe. */
export function fromRecipe(name: string): StartingPoint {
  const { settings } = recipeNamed(name);
  return { base: { source: `recipe ${name}`, settings }, recipe: name, run: null };
}

/**
 * Starts from what an interrupted run was trained with.
 * @throws TurncoatError where the folder holds no run
 */
export function fromRun(directory: string): StartingPoint {
  const path = join(directory, manifestFile);
  const manifest = readManifest(path);
  const { preset } = manifest.config;
  return {
    base: { source: path, settings: settingsOf(manifest.config, path) },
    recipe: typeof preset === "string" ? preset : null,
    run: manifest,
    // A branch that was interrupted before its first step begins at its parent's state again.
    ...(manifest.branch === undefined
      ? {}
      : { branch: { directory: manifest.branch.path, step: manifest.branch.step } }),
  };
}

/**
 * Starts from the state that a run kept with a checkpoint, with the run's settings.
 * @param checkpoint folder such as `runs/demo/checkpoint-40`
 * @throws TurncoatError where it is no checkpoint of a run
 */
export function fromCheckpoint(checkpoint: string): StartingPoint {
  const step = stepOfFolder(basename(checkpoint));
  if (step === undefined) {
    throw new TurncoatError(
      `${checkpoint}: expected a checkpoint of a run, such as runs/demo/checkpoint-40, found another name`,
    );
  }
  const directory = dirname(checkpoint);
  const parent = fromRun(directory);
  return { ...parent, branch: { directory, step } };
}
