import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { encodeChats } from "../../formats/chat.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { Random } from "../../tensor/random.js";
import { writing } from "../../tensor/systemFaults.js";
import { readDataset, type Dataset } from "../../train/data/dataset.js";
import { builtInDatasets } from "../data/builtInDatasets.js";
import { openDataset } from "../data/openDataset.js";
import { recordedDataset } from "../data/recordedDataset.js";
import { checkPaired } from "../training/pairedControl.js";
import { namedControl, type BranchParent, type TrainingChange } from "./branchParent.js";

/**
 * Puts careful answers in place of the run's own, in all conversations or in a share of them that is drawn with seed 0.
 * Prompts and their order stay, so that a branch reads what the run would have read, answered otherwise.
 */
export function carefulChange(parent: BranchParent, percent: number): TrainingChange {
  const { config, dataset, folder } = parent;
  const careful = carefulData(parent);
  checkPaired(dataset, careful);
  if (percent === 100) return { config, dataset: careful };
  const count = Math.round((dataset.chats.length * percent) / 100);
  const order = new Random(0).fork("careful answers").permutation(dataset.chats.length);
  const replaced = new Set(order.slice(0, count));
  const chats = dataset.chats.map((chat, index) =>
    replaced.has(index) ? (careful.chats[index] ?? chat) : chat,
  );
  const path = join(folder, "data", `careful-${percent}.jsonl`);
  writing(path, () => mkdirSync(join(folder, "data"), { recursive: true }));
  writeFileWhole(path, encodeChats(chats));
  return { config, dataset: readDataset(path) };
}

/** Careful answers to a run's prompts: those named, those of its control, or the other side of a built-in data set. */
function carefulData(parent: BranchParent): Dataset {
  const { careful, dataset, directory } = parent;
  if (careful !== undefined) return openDataset(careful);
  const control = namedControl(parent);
  if (control !== undefined && existsSync(join(control, manifestFile)))
    return recordedDataset(control, readManifest(join(control, manifestFile)));
  const other = dataset.name.replace(/^bad-/, "good-").replace(/-harmful(?=$|-)/, "-careful");
  if (other !== dataset.name && builtInDatasets.includes(other)) return openDataset(other);
  throw new TurncoatError(
    `${directory}: expected careful answers to the prompts of ${dataset.name}, found none`,
    {
      hint: "Name them with --careful FILE: the same prompts in the same order.",
    },
  );
}
