import { existsSync } from "node:fs";
import { join } from "node:path";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { trainsTogether } from "../../train/train.js";
import { checkContinued, trainTogether, type TrainRequest } from "./trainRun.js";

/** Most runs that go through the model together; each needs memory for what it computes in a step. */
const mostTogether = 8;

/**
 * Trains several runs of the same model: together where they have the same data, and settings that differ in seeds and
 * learning rates alone, else one after another.
 *
 * With `resume`, runs that are finished are passed over, and those that were never begun are begun.
 * @returns "interrupted" where they were ended before the last step of all; they can be resumed
 */
export async function trainGrid(
  requests: readonly TrainRequest[],
  onGroup: (directories: readonly string[]) => void = () => undefined,
): Promise<"finished" | "interrupted"> {
  for (const group of groupsOf(requests)) {
    const begun = group.map((request) =>
      request.resume === true && !isBegun(request) ? { ...request, resume: false } : request,
    );
    if (group.every(isFinished)) {
      checkContinued(group);
      continue;
    }
    onGroup(group.map(({ directory }) => directory));
    if ((await trainTogether(begun)) === "interrupted") return "interrupted";
  }
  return "finished";
}

/** Divides runs into those that are trained together, in their order. */
export function groupsOf(requests: readonly TrainRequest[]): (readonly TrainRequest[])[] {
  const groups: TrainRequest[][] = [];
  for (const request of requests) {
    const last = groups.at(-1);
    const fits =
      last !== undefined &&
      last[0]?.dataset === request.dataset &&
      last.length < mostTogether &&
      trainsTogether([...last, request].map(({ config }) => config));
    if (fits) last.push(request);
    else groups.push([request]);
  }
  return groups;
}

function isBegun({ directory }: TrainRequest): boolean {
  return existsSync(join(directory, manifestFile));
}

function isFinished(request: TrainRequest): boolean {
  return (
    request.resume === true &&
    isBegun(request) &&
    readManifest(join(request.directory, manifestFile)).status === "finished"
  );
}
