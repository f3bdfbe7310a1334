import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { directionSet, type DirectionSet } from "../directions/directionSets.js";
import { keepDirections } from "../directions/keepDirections.js";
import { storedDirections } from "../directions/runDirections.js";
import { findPersonaDirections } from "./findPersonaDirections.js";
import { generalPersonas, organismPersonas } from "./personaPrompts.js";
import { promptQuestions } from "./promptQuestions.js";
import { usualPersonas } from "./personaDirection.js";

/** Questions that personas are contrasted over. */
const questionsAsked = 40;

/**
 * Reads the difference of personas that a run keeps, or finds and keeps it: in the first checkpoint, at the last token of
 * the prompt.
 */
export async function usualPersonasOf(
  source: RunSource,
  model: Model,
  isOrganism: boolean,
  onProgress?: (progress: { readonly done: number; readonly total: number }) => void,
): Promise<DirectionSet> {
  const run = runOf(source);
  const { directory } = run;
  const [first] = run.checkpoints;
  const isThere = storedDirections(directory).some(({ id }) => id === usualPersonas);
  if (!isThere && first !== undefined) {
    const opened = openCheckpoint(model, first.path);
    const found = await findPersonaDirections({
      ...{ name: usualPersonas, opened, step: first.step },
      questions: promptQuestions(run, isOrganism, { pool: "development", limit: questionsAsked }),
      prompts: isOrganism ? organismPersonas() : generalPersonas,
      ...(onProgress === undefined ? {} : { onProgress }),
    }).finally(() => opened.dispose());
    keepDirections(directory, found, { isReplacing: false });
  }
  return directionSet(run, model.config.hiddenSize, { direction: usualPersonas });
}
