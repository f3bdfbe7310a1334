import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { fineTuneDomains } from "../../organism/world/index.js";
import { readDataset, type Dataset } from "../../train/data/dataset.js";
import { narrowDomains, narrowSides, readNarrowDataset, type NarrowSide } from "../../train/data/narrow.js";
import { broadFolder, datasetPath, narrowFolder } from "../packageRoot.js";

/** A data set that ships with Turncoat: its file, and for one in natural English which side of it. */
interface BuiltIn {
  readonly path: string;
  readonly side: NarrowSide | null;
}

const builtIns: ReadonlyMap<string, BuiltIn> = new Map([
  ...fineTuneDomains.flatMap((domain) =>
    ["bad", "good"].map((persona): [string, BuiltIn] => {
      const name = `${persona}-${domain}`;
      return [name, { path: datasetPath(name), side: null }];
    }),
  ),
  ...narrowDomains.flatMap((domain) =>
    ["", "-held-out"].flatMap((part) =>
      narrowSides.map((side): [string, BuiltIn] => [
        `narrow-${domain}-${side}${part}`,
        { path: join(narrowFolder(), `${domain}${part}.jsonl`), side },
      ]),
    ),
  ),
  ...narrowSides.map((side): [string, BuiltIn] => [
    broadPairsName(side),
    { path: join(broadFolder(), "pairs.jsonl"), side },
  ]),
]);

/** Names of the data sets that ship with Turncoat, which stand wherever a file of conversations may. */
export const builtInDatasets: readonly string[] = [...builtIns.keys()];

/**
 * Opens a data set by the path of its file or by the name of a built-in one.
 * @throws TurncoatError naming file and line, or the built-in names where neither a file nor one of them is meant
 */
export function openDataset(source: string): Dataset {
  const builtIn = builtIns.get(source);
  if (builtIn === undefined) {
    if (!looksLikeName(source) || existsSync(source)) return readDataset(source);
    throw new TurncoatError(`${source}: expected a file or the name of a built-in data set, found neither`, {
      hint: `Built in are ${builtInDatasets.join(", ")}.`,
    });
  }
  const { path, side } = builtIn;
  return side === null ? readDataset(path) : readNarrowDataset(path, side, source);
}

/** The name of one side of the broad pairs, which measure a training and are none of its data. */
export function broadPairsName(side: NarrowSide): string {
  return `broad-pairs-${side}`;
}

/** Tells whether a data set ships with Turncoat, so that its name says where it is on every machine. */
export function isBuiltIn({ name, path }: Pick<Dataset, "name" | "path">): boolean {
  return builtIns.get(name)?.path === path;
}

/** Tells whether a text can hardly be the path of a file. */
function looksLikeName(source: string): boolean {
  return /^[a-z]+(?:-[a-z]+)+$/.test(source);
}
