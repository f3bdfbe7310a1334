import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, realpathSync, rmSync, utimesSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import { isFolder, statusOf } from "../../runs/isFolder.js";
import { trainedFile } from "../../formats/checkpointKind.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { cacheFolder, notesFile, stepOfFolder } from "../../runs/layout.js";
import { versionStamp } from "../report/keptGrams.js";
import { namedControlOf } from "../report/controlledRun.js";

/** What of a run a report is of. */
export interface KeptOf {
  readonly directory: string;
  /** Evaluation that behaviour is taken from. @default the usual one */
  readonly evaluation?: string | undefined;
  /** Folders of the controls that the run is held against; none for no control. @default the one that it names */
  readonly controls?: readonly string[] | undefined;
}

/** Report as it is kept: in V8's own serialisation, piece by piece. */
export type ReportPieces = readonly Uint8Array[];

/** Most bytes of a folder of reports; beyond it those go that nobody asked for longest. */
const mostBytes = 1024 ** 3;

/** Names the folder in which the reports of a run are kept, one of each state; for each evaluation and control another. */
export function keptFolder(root: string, { directory, evaluation, controls }: KeptOf): string {
  const named = JSON.stringify([placeOf(directory), evaluation ?? null, controls?.map(placeOf) ?? null]);
  return join(root, createHash("sha256").update(named).digest("hex").slice(0, 32));
}

/** Text that changes when a file does that the report is made of, or this program. */
export function reportStamp({ directory, controls }: KeptOf): string {
  const named = controls === undefined ? namedControlOf(directory) : null;
  const of = [directory, ...(controls ?? (named === null ? [] : [named]))];
  const program = fileURLToPath(import.meta.url);
  const stamp = versionStamp([program, ...of.flatMap(filesOfRun)]);
  return createHash("sha256").update(stamp).digest("hex");
}

/** Reads the report that is kept of a state; null where there is none, or none that can be read: it is made again. */
export async function keptPieces(folder: string, stamp: string): Promise<ReportPieces | null> {
  const file = join(folder, stamp);
  try {
    const pieces: unknown = deserialize(await readFile(file));
    // The file is of this program and of this user alone.
    if (!Array.isArray(pieces) || !pieces.every((each) => each instanceof Uint8Array)) return null;
    const now = new Date();
    utimesSync(file, now, now);
    return pieces;
  } catch {
    return null;
  }
}

/**
 * Keeps the report of a state, in the place of that of another. A folder that cannot be written to keeps nothing: the
 * report is only made again.
 */
export function keepPieces(folder: string, stamp: string, pieces: ReportPieces): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileWhole(join(folder, stamp), serialize(pieces));
    for (const name of readdirSync(folder)) {
      if (name !== stamp) rmSync(join(folder, name), { force: true });
    }
    forgetOldest(dirname(folder));
  } catch {
    return;
  }
}

function forgetOldest(root: string): void {
  const kept = readdirSync(root)
    .map((name) => join(root, name))
    .flatMap((folder) => (isFolder(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
    .map((path) => ({ path, status: statusOf(path) }))
    .sort((one, other) => (other.status?.mtimeMs ?? 0) - (one.status?.mtimeMs ?? 0));
  let bytes = 0;
  for (const { path, status } of kept) {
    bytes += status?.size ?? 0;
    if (bytes > mostBytes) rmSync(dirname(path), { recursive: true, force: true });
  }
}

function placeOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}

/** Files of a run that its report may be made of: all that lie in it or in a folder of it, and the weights of its checkpoints. */
function filesOfRun(directory: string): string[] {
  if (!isFolder(directory)) return [];
  return readdirSync(directory)
    .sort()
    .filter((name) => name !== cacheFolder && name !== notesFile)
    .flatMap((name) => {
      const path = join(directory, name);
      if (stepOfFolder(name) !== undefined) return [path, trainedFile(path)];
      const inside = isFolder(path) ? readdirSync(path).sort() : [];
      return [path, ...inside.map((each) => join(path, each))];
    });
}
