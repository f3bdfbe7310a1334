import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import { TurncoatError } from "../errors.js";
import { isFolder } from "./isFolder.js";
import { linkOut } from "../tensor/openFile.js";
import { analysisFolder, evaluationsFolder, manifestFile, stepOfFolder } from "./layout.js";
import { commandLine } from "../hints.js";

/** Folders that hold the runs to be shown. */
export interface RunSources {
  /** A folder whose subfolders are runs, or that is a run itself. */
  readonly runsRoot?: string;
  /** Run directories, wherever they are. */
  readonly runDirectories?: readonly string[];
}

/**
 * Lists the runs to be shown: directory by id, in the order of their names. An id is the name of the run's folder,
 * numbered where two share one. Requests look ids up here and never become part of a path.
 *
 * A link inside the root that leads out of it is not listed.
 *
 * @throws TurncoatError for a root that is no folder
 */
export function listRuns({ runsRoot, runDirectories = [] }: RunSources): ReadonlyMap<string, string> {
  const directories = [...(runsRoot === undefined ? [] : runsInside(runsRoot)), ...runDirectories];
  const byId = new Map<string, string>();
  const known = new Set<string>();
  for (const directory of directories) {
    const path = resolve(directory);
    if (known.has(path)) continue;
    known.add(path);
    byId.set(freeId(basename(path), byId), path);
  }
  return new Map([...byId].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true })));
}

function runsInside(root: string): string[] {
  if (!isFolder(root)) throw new TurncoatError(`${root}: expected a folder with runs in it`);
  if (isRunFolder(root)) return [root];
  const inside = `${realpathSync(root)}${sep}`;
  return readdirSync(root)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(root, name))
    .filter((path) => isFolder(path) && realpathSync(path).startsWith(inside) && isRunFolder(path));
}

/** Folders of a run whose links are looked at before anything of it is read. */
export const linkedFolders = ["", evaluationsFolder, analysisFolder] as const;

/**
 * Refuses a run of the root whose manifest, log, evaluations, analyses or checkpoint folders are links that lead out
 * of the root. A run that was named by itself may lie wherever its owner put its parts. Links further inside are
 * refused when they are read (`confineReads`).
 *
 * @throws TurncoatError naming the link
 */
export function refuseLinksOut(directory: string, { runsRoot }: RunSources): void {
  if (runsRoot === undefined || !isFolder(runsRoot) || !isFolder(directory)) return;
  const root = `${realpathSync(runsRoot)}${sep}`;
  if (!`${realpathSync(directory)}${sep}`.startsWith(root)) return;
  for (const folder of linkedFolders.map((name) => join(directory, name))) {
    if (!isFolder(folder)) continue;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isSymbolicLink()) continue;
      const path = join(folder, entry.name);
      // One that leads nowhere is reported by whoever reads it.
      if (!existsSync(path) || realpathSync(path).startsWith(root)) continue;
      throw linkOut(path, runsRoot, `Show this run by itself: ${commandLine("serve", directory)}`);
    }
  }
}

/** Tells whether a folder holds a run: a manifest of ours, or checkpoints. */
export function isRunFolder(path: string): boolean {
  return (
    existsSync(join(path, manifestFile)) || readdirSync(path).some((name) => stepOfFolder(name) !== undefined)
  );
}

function freeId(name: string, taken: ReadonlyMap<string, string>): string {
  let id = name;
  for (let number = 2; taken.has(id); number++) id = `${name}-${number}`;
  return id;
}
