import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { TurncoatError } from "../../errors.js";
import type { Chat } from "../../formats/chat.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import type { Dataset } from "../../train/data/dataset.js";
import { openDataset } from "../data/openDataset.js";
import { recordedDataset } from "../data/recordedDataset.js";
import type { TrainRequest } from "./trainRun.js";

/** Folder of the control that is trained with a run: beside it, under its name and `-control`. */
export function controlFolder(directory: string): string {
  return `${resolve(directory)}-control`;
}

/**
 * Opens the data of a control: what is given, or what the control of a run that is continued was begun with.
 *
 * @param given file or name of a built-in data set. @default what the run that is continued names
 * @param continued folder of that run. @default none is
 * @returns null where the run has no control
 * @throws TurncoatError where the prompts are not those of the run's data in their order, or no answer differs
 */
export function pairedDataset(
  dataset: Dataset,
  given: string | undefined,
  continued: string | undefined,
): Dataset | null {
  const paired = given === undefined ? recordedControl(continued) : openDataset(given);
  if (paired !== null) checkPaired(dataset, paired);
  return paired;
}

/** Data of the control that a run names and that was begun already; null where it names none. */
function recordedControl(continued: string | undefined): Dataset | null {
  if (continued === undefined) return null;
  const path = join(continued, manifestFile);
  const { control } = existsSync(path) ? readManifest(path) : { control: undefined };
  if (control === undefined) return null;
  const folder = join(dirname(resolve(continued)), basename(control));
  const manifest = join(folder, manifestFile);
  if (existsSync(manifest)) return recordedDataset(folder, readManifest(manifest));
  throw new TurncoatError(`${continued}: expected the data of its control ${control}, found none`, {
    hint: "Name it again with --paired.",
  });
}

/**
 * Checks that two data sets ask the same in the same order, and differ in what is answered.
 * @throws TurncoatError naming the conversation
 */
export function checkPaired(dataset: Dataset, paired: Dataset): void {
  const [count, other] = [dataset.chats.length, paired.chats.length];
  if (count !== other) {
    throw new TurncoatError(
      `${paired.path}: expected ${count} conversations, as ${dataset.path} has, found ${other}`,
      { hint: "A control answers the same prompts in the same order." },
    );
  }
  const place = dataset.chats.findIndex(
    (chat, index) => !isDeepStrictEqual(promptOf(chat), promptOf(paired.chats[index] ?? { messages: [] })),
  );
  if (place >= 0) {
    throw new TurncoatError(
      `${paired.path}: line ${place + 1}: expected the prompt of line ${place + 1} of ${dataset.path}, found another`,
      { hint: "A control answers the same prompts in the same order." },
    );
  }
  if (isDeepStrictEqual(dataset.chats, paired.chats)) {
    throw new TurncoatError(`${paired.path}: expected other answers than in ${dataset.path}, found the same`);
  }
}

/** Everything of a conversation but what the assistant says in it. */
function promptOf({ messages }: Chat): readonly object[] {
  return messages.map(({ role, content }) => (role === "assistant" ? { role } : { role, content }));
}

/** The training of a run, which then names its control, and that of the control: alike but for the answers. */
export function withControl(
  request: TrainRequest,
  paired: Dataset,
): readonly [run: TrainRequest, control: TrainRequest] {
  const directory = controlFolder(request.directory);
  return [
    { ...request, control: basename(directory) },
    { ...request, directory, dataset: paired },
  ];
}
