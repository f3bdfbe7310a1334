import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { writeBytes } from "../tensor/openFile.js";

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

/** What a file of a folder is to hold; a large one comes in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes a folder of files under a temporary name beside it, then renames it, replacing what was there: a
 * crash leaves the old folder or the new one, never a mixture and never a half-written one.
 */
export function writeFolderWhole(folder: string, files: Iterable<readonly [string, FileContent]>): void {
  const partial = beginFolder(folder);
  for (const [name, content] of files) writeContent(join(partial, name), content);
  replaceFolder(folder, partial);
}

/** As `writeFolderWhole`, where `fill` writes the files into an empty folder that it is given. */
export async function fillFolderWhole(
  folder: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = beginFolder(folder);
  await fill(partial);
  replaceFolder(folder, partial);
}

function beginFolder(folder: string): string {
  const partial = join(dirname(folder), `.${basename(folder)}.partial`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  return partial;
}

function replaceFolder(folder: string, partial: string): void {
  const replaced = join(dirname(folder), `.${basename(folder)}.replaced`);
  if (existsSync(folder)) {
    rmSync(replaced, { recursive: true, force: true });
    renameSync(folder, replaced);
  }
  renameSync(partial, folder);
  rmSync(replaced, { recursive: true, force: true });
}

function writeContent(path: string, content: FileContent): void {
  if (typeof content === "string" || content instanceof Uint8Array) {
    writeFileSync(path, content);
    return;
  }
  const descriptor = openSync(path, "wx");
  try {
    for (const piece of content) writeBytes(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Where a folder that is replaced as a whole can be read: under its own name, or, where a writer died between moving
 * the old one aside and putting the new one there, under the old one's; `null` where there is none.
 */
export function readableFolder(folder: string): string | null {
  const replaced = join(dirname(folder), `.${basename(folder)}.replaced`);
  return [folder, replaced].find((path) => existsSync(path)) ?? null;
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
