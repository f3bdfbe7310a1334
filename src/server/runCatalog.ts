import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import { TurncoatError } from "../errors.js";
import { manifestFile, stepOfFolder } from "../runs/layout.js";

/** Where the runs to be shown lie. */
export interface RunSources {
  /** A folder whose subfolders are runs, or that is a run itself. */
  readonly runsRoot?: string;
  /** Run directories, wherever they are. */
  readonly runDirectories?: readonly string[];
}

/**
 * The runs to be shown: directory by id, in the order of their names. An id is the name of the run's folder,
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

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isRunFolder(path: string): boolean {
  return (
    existsSync(join(path, manifestFile)) || readdirSync(path).some((name) => stepOfFolder(name) !== undefined)
  );
}

function freeId(name: string, taken: ReadonlyMap<string, string>): string {
  let id = name;
  for (let number = 2; taken.has(id); number++) id = `${name}-${number}`;
  return id;
}
