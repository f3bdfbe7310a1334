import {
  appendFileSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { TurncoatError } from "../errors.js";
import { unwritable, writing } from "../tensor/systemFaults.js";
import { writeBytes } from "../tensor/openFile.js";

/** Names of a folder that is being written and of one that is being replaced; no reader takes either for the folder. */
const partialName = /^\.(.+)\.partial$/;
const replacedName = /^\.(.+)\.replaced$/;

/**
 * Writes a file so that a reader sees the old content or the new, never half of it. Nothing is forced to the
 * disk: a crash of the process is survived, a loss of power may cost the last steps.
 *
 * Its folder is made where it is missing; the one around that has to be there, so that a run that was removed while
 * it was worked on does not come back as a part of itself.
 * @throws TurncoatError where the system refuses, or the path is a link
 */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  refuseLink(path);
  writing(path, () => {
    if (!existsSync(dirname(path))) mkdirSync(dirname(path));
    writeFileAtomic.sync(path, typeof content === "string" ? content : Buffer.from(content), {
      fsync: false,
    });
  });
}

/**
 * Appends a text to a file, in one write.
 * @throws TurncoatError where the system refuses, or the path is a link
 */
export function appendToFile(path: string, text: string): void {
  refuseLink(path);
  writing(path, () => appendFileSync(path, text));
}

/** Refuses to write through a link: one in a run from elsewhere may lead to a file of its reader's. */
function refuseLink(path: string): void {
  if (!isLink(path)) return;
  throw new TurncoatError(`${path}: expected a file, found a link; nothing is written through one`, {
    hint: "Put the file itself where the link stands.",
  });
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch {
    // Whoever writes there says what stands in the way.
    return false;
  }
}

/** Content of a file that is to be written; a large one comes in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes a folder of files under a temporary name beside it, then renames it, replacing what was there: a
 * crash leaves the old folder or the new one, never a mixture and never a half-written one.
 *
 * @throws TurncoatError where the system refuses, naming the folder
 */
export function writeFolderWhole(folder: string, files: Iterable<readonly [string, FileContent]>): void {
  try {
    const partial = beginFolder(folder);
    for (const [name, content] of files) writeContent(join(partial, name), content);
    replaceFolder(folder, partial);
  } catch (error) {
    throw givenUp(folder, error);
  }
}

/**
 * Writes a folder under a temporary name, then renames it like `writeFolderWhole`.
 *
 * @param fill writes the files into the empty folder that it is given; where it throws, the old folder stays
 */
export async function fillFolderWhole(
  folder: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  try {
    const partial = beginFolder(folder);
    await fill(partial);
    replaceFolder(folder, partial);
  } catch (error) {
    throw givenUp(folder, error);
  }
}

/** Removes a folder so that a reader sees the whole of it or nothing, whenever the process dies. */
export function removeFolderWhole(folder: string): void {
  const partial = partialFolder(folder);
  writing(folder, () => {
    rmSync(partial, { recursive: true, force: true });
    renameSync(folder, partial);
    rmSync(partial, { recursive: true, force: true });
  });
}

function partialFolder(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.partial`);
}

function beginFolder(folder: string): string {
  const partial = partialFolder(folder);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  return partial;
}

/** Takes away what was half written, which may fill the disk, and names the error. */
function givenUp(folder: string, error: unknown): unknown {
  try {
    rmSync(partialFolder(folder), { recursive: true, force: true });
  } catch {
    // What keeps the folder from being written may keep this from being removed.
  }
  return unwritable(folder, error);
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
 * Finds the path at which a folder that is replaced as a whole can be read. That is its own name, or, where a writer
 * died between moving the old folder aside and putting the new one there, the name of the old one. `null` where there
 * is none.
 */
export function readableFolder(folder: string): string | null {
  const replaced = join(dirname(folder), `.${basename(folder)}.replaced`);
  return [folder, replaced].find((path) => existsSync(path)) ?? null;
}

/**
 * Tells whether a name is that of a file that was being written whole when its writer died: the name that it was to
 * get, and a number.
 */
export function isHalfFile(name: string, files: readonly string[]): boolean {
  const whole = /^(.+)\.\d+$/.exec(name)?.[1];
  return whole !== undefined && files.includes(whole);
}

/**
 * Clears up in a directory after a writer that died. Half-written folders are removed, as are half-written files of
 * some names, and a folder that was moved aside for a replacement that did not arrive is put back.
 */
export function recoverFolders(directory: string, files: readonly string[] = []): void {
  for (const name of readdirSync(directory)) {
    if (isHalfFile(name, files)) rmSync(join(directory, name), { force: true });
    const original = replacedName.exec(name)?.[1];
    if (original !== undefined && !existsSync(join(directory, original))) {
      renameSync(join(directory, name), join(directory, original));
    } else if (original !== undefined || partialName.test(name)) {
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

/** Name of the folder that a leftover of an interrupted write was to become; `undefined` for any other name. */
export function interruptedWrite(name: string): string | undefined {
  return partialName.exec(name)?.[1] ?? replacedName.exec(name)?.[1];
}
