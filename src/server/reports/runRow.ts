import { isTurncoatError } from "../../errors.js";
import type { ListedRun } from "../../pipeline/catalog/listedRun.js";
import { readTransitions } from "../../runs/transitionLog.js";
import type { ServedRun } from "../schemas/runs.js";

/** Row of a run in the list, without its place on this machine. */
export function runRow(run: ListedRun): ServedRun {
  const { id, status, recipe, recipeKey, seed, steps, planned, written, tags, trouble } = run;
  const { rank, layers, baseModel } = run;
  const alerts = status === "running" ? alertsOf(run.directory) : 0;
  return {
    ...{ id, status, recipe, recipeKey, seed, steps, planned, written, tags, trouble },
    ...{ rank, layers, baseModel },
    ...(alerts === 0 ? {} : { alerts }),
  };
}

function alertsOf(directory: string): number {
  try {
    return readTransitions(directory).length;
  } catch (error) {
    // Its page tells what is wrong with the file.
    if (isTurncoatError(error)) return 0;
    throw error;
  }
}
