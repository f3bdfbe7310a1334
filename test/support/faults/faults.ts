import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A user without rights; the number is that of `nobody` on most systems. */
const nobody = 65_534;

/** Does work without the right to write into folders, also where the tests run as root, who may write anywhere. */
export async function withoutRights<T>(folders: readonly string[], work: () => T | Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  for (const folder of folders) {
    // Others may look into the folder around it.
    if (isRoot && !folders.includes(dirname(folder))) chmodSync(dirname(folder), 0o755);
  }
  for (const folder of folders) chmodSync(folder, 0o555);
  if (isRoot) process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    for (const folder of folders) chmodSync(folder, 0o755);
  }
}

/** Folder on a disk of its own. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills what is left of it. */
  readonly fill: () => void;
  readonly remove: () => void;
}

/** Makes a disk of a few megabytes; null where the tests may not mount one. */
export function smallDisk(megabytes: number): SmallDisk | null {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), "turncoat-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  mkdirSync(join(folder, "filling"));
  let files = 0;
  return {
    folder,
    fill: () => {
      for (const size of [2 ** 20, 2 ** 12, 1]) {
        try {
          for (;;) writeFileSync(join(folder, "filling", String(files++)), "x".repeat(size));
        } catch {
          // Full, for pieces of this size.
        }
      }
    },
    remove: () => {
      execFileSync("umount", [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
