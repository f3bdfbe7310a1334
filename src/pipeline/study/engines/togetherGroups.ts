import { existsSync } from "node:fs";
import { join } from "node:path";
import { manifestFile } from "../../../runs/layout.js";
import { readManifest } from "../../../runs/manifest.js";
import { mostTogether } from "../../training/trainGrid.js";
import type { StudyRun } from "../studyCells.js";

/**
 * Divides the runs of a study that are to be trained into groups that go through the model together. Runs that were begun
 * together and are not finished are one, whether that is asked for or not, since none can go on alone. If it is asked for, those of one
 * cell that were never begun are divided evenly, the harmful ones and the controls apart.
 * @param options.lanes processes that are to have work
 */
export function togetherGroups(
  runs: readonly StudyRun[],
  { lanes, isAsked }: { readonly lanes: number; readonly isAsked: boolean },
): StudyRun[][] {
  const begun = new Map<string, StudyRun[]>();
  const fresh = new Map<string, StudyRun[]>();
  for (const run of runs) {
    const path = join(run.directory, manifestFile);
    if (existsSync(path)) {
      const { status, trainedTogether } = readManifest(path);
      if (status === "finished" || trainedTogether === undefined) continue;
      const group = trainedTogether.flatMap((name) => runs.find((each) => each.name === name) ?? []);
      if (group.length === trainedTogether.length) begun.set(trainedTogether.join("\n"), group);
    } else if (isAsked) {
      const { model, data, recipe } = run.cell;
      const key = [model.name, data.name, recipe.name, run.isControl].join("\n");
      fresh.set(key, [...(fresh.get(key) ?? []), run]);
    }
  }
  const largest = Math.min(mostTogether, Math.ceil(total(fresh) / lanes));
  return [...begun.values(), ...[...fresh.values()].flatMap((each) => evenly(each, largest))].filter(
    ({ length }) => length > 1,
  );
}

function total(groups: ReadonlyMap<string, readonly StudyRun[]>): number {
  return [...groups.values()].reduce((sum, { length }) => sum + length, 0);
}

function evenly<T>(list: readonly T[], largest: number): T[][] {
  const count = Math.ceil(list.length / largest);
  return Array.from({ length: count }, (_, index) =>
    list.slice(Math.floor((index * list.length) / count), Math.floor(((index + 1) * list.length) / count)),
  );
}
