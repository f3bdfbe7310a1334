import { statSync } from "node:fs";

/** Tells whether a path leads to a folder; false where there is nothing. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
