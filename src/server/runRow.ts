import type { ListedRun } from "../pipeline/listedRun.js";
import type { ServedRun } from "./schemas/runs.js";

/** What a run's row shows; where on this machine it lies is not a part of its own. */
export function runRow(run: ListedRun): ServedRun {
  const { id, status, recipe, recipeKey, seed, steps, planned, written, trouble } = run;
  return { id, status, recipe, recipeKey, seed, steps, planned, written, trouble };
}
