import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearestName } from "../hints.js";

/** Advises the file or folder beside a missing one that was probably meant; undefined where none is near. */
export function didYouMeanPath(path: string): string | undefined {
  const near = nearestPath(path);
  return near === null ? undefined : `Did you mean ${near}?`;
}

function nearestPath(path: string): string | null {
  const folder = dirname(path);
  if (!existsSync(folder)) {
    // A folder above is mistyped: the rest has to be there below the one that was meant.
    const above = folder === path ? null : nearestPath(folder);
    return above !== null && existsSync(join(above, basename(path))) ? join(above, basename(path)) : null;
  }
  const names = namesBeside(folder);
  const near = nearestNumbered(basename(path), names) ?? nearestName(basename(path), names);
  return near === null ? null : join(folder, near);
}

function namesBeside(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    // It may be a file, or may not be read: then there is nothing to advise.
    return [];
  }
}

/** The name that differs in its number alone and has the nearest one, such as checkpoint-150 for checkpoint-151. */
function nearestNumbered(name: string, names: readonly string[]): string | null {
  const [, stem, number] = /^(.*?-)(\d+)$/.exec(name) ?? [];
  if (stem === undefined) return null;
  const distances = names.flatMap((each) => {
    const rest = each.startsWith(stem) ? each.slice(stem.length) : "";
    return /^\d+$/.test(rest) ? [{ each, distance: Math.abs(Number(rest) - Number(number)) }] : [];
  });
  return distances.sort((one, other) => one.distance - other.distance)[0]?.each ?? null;
}
