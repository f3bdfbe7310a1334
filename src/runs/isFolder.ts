import { readdirSync, statSync, type Stats } from "node:fs";
import { TurncoatError } from "../errors.js";

/** Status of what a path leads to; undefined where it leads nowhere, such as by links in a circle. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Tells whether a path leads to a folder; false where there is nothing. */
export function isFolder(path: string): boolean {
  return statusOf(path)?.isDirectory() ?? false;
}

/**
 * Lists what is in a folder, sorted; nothing where there is no such folder.
 * @throws TurncoatError where something else stands in its place
 */
export function namesIn(folder: string): string[] {
  const status = statusOf(folder);
  if (status === undefined) return [];
  if (!status.isDirectory()) {
    throw new TurncoatError(`${folder}: expected a folder, found a file`, {
      hint: "Move the file away; the folder is made where it is needed.",
    });
  }
  return readdirSync(folder).sort();
}
