import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { namedControlOf } from "../../pipeline/report/controlledRun.js";
import { isFolder } from "../../runs/isFolder.js";
import { stepOfFolder } from "../../runs/layout.js";
import { adaptedModules } from "../../runs/manyAdapters.js";

/** Runs that a run can be held against. */
export interface RunControlChoices {
  /** Name of the control that the run names, where that is there. */
  readonly named: string | null;
  /** Ids of the other runs with the same adapted modules. */
  readonly alike: readonly string[];
}

/**
 * Finds the runs that a run can be held against, from the header of one checkpoint of each.
 * @param runs to choose from: id and directory
 */
export function controlChoices(
  directory: string,
  runs: readonly (readonly [id: string, directory: string])[],
): RunControlChoices {
  const control = namedControlOf(directory);
  const modules = modulesOf(directory);
  const alike = runs.filter(
    ([, other]) => other !== directory && modules !== "" && modulesOf(other) === modules,
  );
  const named =
    control === null ? null : (runs.find(([, other]) => other === control)?.[0] ?? basename(control));
  return { named, alike: alike.map(([id]) => id) };
}

/** Adapted modules of a run as one text; empty where it has none, or no checkpoint. */
function modulesOf(directory: string): string {
  const checkpoint = isFolder(directory)
    ? readdirSync(directory).find((name) => stepOfFolder(name) !== undefined)
    : undefined;
  return checkpoint === undefined ? "" : adaptedModules(join(directory, checkpoint)).join("\n");
}
