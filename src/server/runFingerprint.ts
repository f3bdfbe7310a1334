import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { evaluationsFolder, manifestFile, stepOfFolder, trainerStateFile } from "../runs/layout.js";

/** Folders of a run whose files all count. */
const watchedFolders = [evaluationsFolder, "analysis"] as const;

/**
 * A text that changes when a run does: times and sizes of its manifest, log, evaluations and kept analyses, and
 * its checkpoints by name (a checkpoint is written whole and never changed).
 */
export function runFingerprint(directory: string): string {
  const checkpoints = names(directory).filter((name) => stepOfFolder(name) !== undefined);
  const files = [
    manifestFile,
    trainerStateFile,
    ...watchedFolders.flatMap((folder) => names(join(directory, folder)).map((name) => join(folder, name))),
  ];
  const stamps = files.map((file) => {
    const stat = statSync(join(directory, file), { throwIfNoEntry: false });
    return stat === undefined ? "" : `${file}:${stat.mtimeMs}:${stat.size}`;
  });
  return [...stamps, ...checkpoints].join("\n");
}

function names(folder: string): string[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? readdirSync(folder).sort() : [];
}

/** The newest few values by key, each valid as long as its run's fingerprint stays the same. */
export class FingerprintCache<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, { readonly fingerprint: string; readonly value: T }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value kept under the key, where there is one and it is still valid. */
  peek(key: string, directory: string): T | undefined {
    const kept = this.#entries.get(key);
    return kept?.fingerprint === runFingerprint(directory) ? kept.value : undefined;
  }

  /** The value kept under the key, or a new one. */
  get(key: string, directory: string, make: () => T): T {
    const fingerprint = runFingerprint(directory);
    const kept = this.#entries.get(key);
    this.#entries.delete(key);
    const entry = kept?.fingerprint === fingerprint ? kept : { fingerprint, value: make() };
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
    return entry.value;
  }
}
