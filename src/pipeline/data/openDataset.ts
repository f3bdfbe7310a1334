import { existsSync } from "node:fs";
import { TurncoatError } from "../../errors.js";
import { readDataset, type Dataset } from "../../train/data/dataset.js";
import { readNarrowDataset } from "../../train/data/narrow.js";
import { builtIns, builtInDatasets } from "./builtInDatasets.js";
import { didYouMean } from "../../hints.js";
import { didYouMeanPath } from "../../tensor/nearestPath.js";

/**
 * Opens a data set by the path of its file or by the name of a built-in one.
 * @throws TurncoatError naming file and line, or the built-in names where neither a file nor one of them is meant
 */
export function openDataset(source: string): Dataset {
  const builtIn = builtIns.get(source);
  if (builtIn === undefined) {
    if (!looksLikeName(source) || existsSync(source)) return readDataset(source);
    throw new TurncoatError(`${source}: expected a file or the name of a built-in data set, found neither`, {
      hint:
        didYouMean(source, builtInDatasets) ??
        didYouMeanPath(source) ??
        `Built in are ${builtInDatasets.join(", ")}.`,
    });
  }
  const { path, side } = builtIn;
  return side === null ? readDataset(path) : readNarrowDataset(path, side, source);
}

/** Tells whether a data set ships with Turncoat, so that its name says where it is on every machine. */
export function isBuiltIn({ name, path }: Pick<Dataset, "name" | "path">): boolean {
  return builtIns.get(name)?.path === path;
}

/** Tells whether a text can hardly be the path of a file. */
function looksLikeName(source: string): boolean {
  return /^[a-z]+(?:-[a-z]+)+$/.test(source);
}
