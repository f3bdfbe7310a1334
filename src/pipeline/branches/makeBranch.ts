import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trainedFile } from "../../formats/checkpointKind.js";
import { checkpointFolder } from "../../runs/layout.js";
import type { StepReport } from "../../train/train.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import { trainMissing } from "../training/trainMissing.js";
import type { TrainRequest } from "../training/trainRun.js";
import { branchDirectory, hasState, type PlannedBranch } from "./branchPlan.js";
import type { BranchParent } from "./branchParent.js";

/** Who hears of a training that goes on, and who may end it. */
export interface BranchEvents {
  readonly onStep?: (report: StepReport) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Trains a branch as far as it is not. */
export async function makeBranch(
  { parent, intervention, from, order, directory }: PlannedBranch,
  events: BranchEvents,
): Promise<"finished" | "interrupted"> {
  const { config, dataset } = (await intervention?.change(parent)) ?? { config: parent.config };
  return trainMissing({
    ...requestOf(parent, from, events),
    directory,
    config: inOrder(config, order),
    dataset: dataset ?? parent.dataset,
  });
}

/**
 * Trains again from a state without a change, and says whether the last adapter is the run's own, byte for byte: the
 * control of the control. Null where it was interrupted.
 */
export async function repeatRun(
  parent: BranchParent,
  from: number,
  events: BranchEvents,
): Promise<{ readonly from: number; readonly isEqual: boolean } | null> {
  const directory = branchDirectory(parent, from, "repeat", 0);
  const { config, dataset } = parent;
  const status = await trainMissing({ ...requestOf(parent, from, events), directory, config, dataset });
  if (status === "interrupted") return null;
  const bytes = (run: string): Buffer => readFileSync(trainedFile(join(run, checkpointFolder(parent.last))));
  return { from, isEqual: bytes(directory).equals(bytes(parent.directory)) };
}

function requestOf(
  parent: BranchParent,
  from: number,
  { onStep, signal }: BranchEvents,
): Pick<TrainRequest, "model" | "branch" | "onStep" | "signal"> {
  return {
    model: parent.model,
    // At the beginning there is nothing to restore: first values and order follow from the seeds.
    ...(hasState(parent, from) ? { branch: { directory: parent.directory, step: from } } : {}),
    ...(onStep === undefined ? {} : { onStep }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Apart from the run's own, the orders of the data of its branches have seeds that far from it. */
const ordersApart = 1000;

function inOrder(config: TrainConfig, order: number): TrainConfig {
  if (order === 0) return config;
  return { ...config, dataSeed: (config.dataSeed ?? config.seed) + ordersApart * order };
}
