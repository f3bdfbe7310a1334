import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { isFolder, statusOf } from "../../runs/isFolder.js";
import {
  analysisFolder,
  evaluationsFolder,
  manifestFile,
  stepOfFolder,
  trainerLogFile,
  trainerStateFile,
} from "../../runs/layout.js";

/** Folders of a run all of whose files count. */
const watchedFolders = [evaluationsFolder, analysisFolder] as const;

/**
 * Fingerprint of a run, a text that changes when the run does: times and sizes of its manifest, log, evaluations and
 * kept analyses, and its checkpoints by name (a checkpoint is written whole; one that is made smaller later stays the same).
 */
export function runFingerprint(directory: string): string {
  const stamps = watchedFiles(directory).map((file) => {
    const stat = statusOf(join(directory, file));
    return stat === undefined ? "" : `${file}:${stat.mtimeMs}:${stat.size}`;
  });
  return [...stamps, checkpointNames(directory)].join("\n");
}

/** Names of the files of a run that its analysis is made of, beside its checkpoints. */
export function watchedFiles(directory: string): string[] {
  return [
    ...[manifestFile, trainerStateFile, trainerLogFile],
    ...watchedFolders.flatMap((folder) => names(join(directory, folder)).map((name) => join(folder, name))),
  ];
}

/** Milliseconds after which a folder's time of change is older than its clock is coarse. */
const settled = 2000;
/** Names of checkpoints by run directory, as of the time of its folder's last change. */
const listed = new LRUCache<string, { readonly changed: number; readonly text: string }>({ max: 64 });

/** Names of the checkpoints, one a line. A long run's folder is read again only where a name in it has come or gone. */
function checkpointNames(directory: string): string {
  const changed = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? NaN;
  const known = listed.get(directory);
  if (known?.changed === changed) return known.text;
  const asked = Date.now();
  const text = names(directory)
    .filter((name) => stepOfFolder(name) !== undefined)
    .join("\n");
  listed.delete(directory);
  // Of two changes within one tick of that clock the second would not be seen.
  if (asked - changed > settled) listed.set(directory, { changed, text });
  return text;
}

function names(folder: string): string[] {
  return isFolder(folder) ? readdirSync(folder).sort() : [];
}

/** Cache of the newest few values by key, each valid as long as its run's fingerprint stays the same. */
export class FingerprintCache<T> {
  readonly #entries: LRUCache<string, { readonly fingerprint: string; readonly value: T }>;

  /**
   * @param limit values at most
   * @param size most that all values together may measure; a value that is larger stands alone. @default any size
   */
  constructor(limit: number, size?: { readonly most: number; readonly sizeOf: (value: T) => number }) {
    this.#entries = new LRUCache(
      size === undefined
        ? { max: limit }
        : {
            max: limit,
            maxSize: size.most,
            sizeCalculation: ({ value }) => Math.min(size.most, Math.max(1, size.sizeOf(value))),
          },
    );
  }

  /** Looks up the value kept under a key, where there is one and it is still valid. */
  peek(key: string, directory: string): T | undefined {
    const kept = this.#entries.peek(key);
    return kept?.fingerprint === runFingerprint(directory) ? kept.value : undefined;
  }

  /** Keeps a value that was made of a run as it was at a fingerprint. */
  set(key: string, fingerprint: string, value: T): void {
    this.#entries.set(key, { fingerprint, value });
  }

  /** Forgets the value kept under a key. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Looks up the value kept under a key, or makes a new one. */
  get(key: string, directory: string, make: () => T): T {
    const fingerprint = runFingerprint(directory);
    const kept = this.#entries.get(key);
    if (kept?.fingerprint === fingerprint) return kept.value;
    const value = make();
    this.#entries.set(key, { fingerprint, value });
    return value;
  }
}
