import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";

/** A folder that is being written, and a folder that is being replaced, under names no reader takes for it. */
const partialName = /^\.(.+)\.partial$/;
const replacedName = /^\.(.+)\.replaced$/;

/**
 * Writes a file so that a reader sees the old content or the new, never half of it. Nothing is forced to the
 * disk: a crash of the process is survived, a loss of power may cost the last steps.
 */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic.sync(path, typeof content === "string" ? content : Buffer.from(content), { fsync: false });
}

/**
 * Writes a folder of files under a temporary name beside it, then renames it, replacing what was there: a
 * crash leaves the old folder or the new one, never a mixture and never a half-written one.
 */
export function writeFolderWhole(
  folder: string,
  files: Iterable<readonly [string, string | Uint8Array]>,
): void {
  const partial = join(dirname(folder), `.${basename(folder)}.partial`);
  const replaced = join(dirname(folder), `.${basename(folder)}.replaced`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(partial, name), content);
  if (existsSync(folder)) {
    rmSync(replaced, { recursive: true, force: true });
    renameSync(folder, replaced);
  }
  renameSync(partial, folder);
  rmSync(replaced, { recursive: true, force: true });
}

/**
 * Clears up after a writer that died: removes half-written folders, and puts a folder back that was moved
 * aside for a replacement that did not arrive.
 */
export function recoverFolders(directory: string): void {
  for (const name of readdirSync(directory)) {
    const original = replacedName.exec(name)?.[1];
    if (original !== undefined && !existsSync(join(directory, original))) {
      renameSync(join(directory, name), join(directory, original));
    } else if (original !== undefined || partialName.test(name)) {
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** The name of the folder that a leftover of an interrupted write was meant to become, else `undefined`. */
export function interruptedWrite(name: string): string | undefined {
  return partialName.exec(name)?.[1] ?? replacedName.exec(name)?.[1];
}
