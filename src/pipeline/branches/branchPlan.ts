import { existsSync } from "node:fs";
import { join } from "node:path";
import { unchanged } from "../../analysis/branches/branchRecord.js";
import { TurncoatError } from "../../errors.js";
import { namesIn } from "../../runs/isFolder.js";
import { manifestFile, stateFolder, statesFolder, stepOfFolder } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { commandLine } from "../../hints.js";
import type { BranchParent } from "./branchParent.js";
import type { Intervention } from "./interventions.js";

/** Branch to be made: a run that goes on from a step, changed or not, in an order of the data. */
export interface PlannedBranch {
  readonly parent: BranchParent;
  /** Null for one without a change. */
  readonly intervention: Intervention | null;
  readonly from: number;
  readonly order: number;
  readonly directory: string;
  /** True where it is the run itself, which need not be trained again. */
  readonly isRunItself: boolean;
}

/** What is branched: runs, steps, changes, and in how many orders of the data. */
export interface BranchGrid {
  readonly parents: readonly BranchParent[];
  readonly steps: readonly number[];
  readonly interventions: readonly Intervention[];
  readonly orders: number;
}

/**
 * Lists the branches of a study in the order in which they are made: intervention by intervention, each step and order, run
 * by run, so that what is there early can be read early.
 * @throws TurncoatError where a run keeps no state at a step
 */
export function plannedBranches({ parents, steps, interventions, orders }: BranchGrid): PlannedBranch[] {
  for (const parent of parents) for (const step of steps) checkState(parent, step);
  return [null, ...interventions].flatMap((intervention) =>
    steps.flatMap((from) =>
      Array.from({ length: orders }, (_, order) => order).flatMap((order) =>
        parents.map((parent): PlannedBranch => {
          const isRunItself = intervention === null && order === 0;
          return {
            ...{ parent, intervention, from, order, isRunItself },
            directory: isRunItself
              ? parent.directory
              : branchDirectory(parent, from, intervention?.folder ?? unchanged, order),
          };
        }),
      ),
    ),
  );
}

/** Folder of a branch, such as `runs/a-branches/step40-careful-order1`. */
export function branchDirectory({ folder }: BranchParent, from: number, what: string, order: number): string {
  return join(folder, `step${from}-${what}${order === 0 ? "" : `-order${order}`}`);
}

/** Tells whether a branch is trained to its end. */
export function isMade({ directory }: Pick<PlannedBranch, "directory">): boolean {
  const path = join(directory, manifestFile);
  return existsSync(path) && readManifest(path).status === "finished";
}

/** Tells whether a run keeps the state at a step. */
export function hasState({ directory }: Pick<BranchParent, "directory">, step: number): boolean {
  return existsSync(join(directory, stateFolder(step)));
}

function checkState(parent: BranchParent, step: number): void {
  const { directory, last, name } = parent;
  if (step < last && (step === 0 || hasState(parent, step))) return;
  const kept = namesIn(join(directory, statesFolder))
    .flatMap((folder) => stepOfFolder(folder) ?? [])
    .sort((one, other) => one - other);
  const found =
    kept.length === 0 ? "none" : `those of ${kept.slice(0, 12).join(", ")}${kept.length > 12 ? ", …" : ""}`;
  throw new TurncoatError(
    `${directory}: expected a kept state at step ${step}, before its last step ${last}, found ${found}`,
    { hint: `Train it with its states: ${commandLine("train", name, "--keep-state", "10")}` },
  );
}
