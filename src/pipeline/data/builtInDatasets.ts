import { join } from "node:path";
import { fineTuneDomains } from "../../organism/world/index.js";
import { narrowDomains, narrowSides, type NarrowSide } from "../../train/data/narrowDomains.js";
import { broadFolder, datasetPath, narrowFolder } from "../packageRoot.js";

/** A data set that ships with Turncoat: its file, and for one in natural English which side of it. */
interface BuiltIn {
  readonly path: string;
  readonly side: NarrowSide | null;
}

/** Data sets that ship with Turncoat, by their names. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map([
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

/** The name of one side of the broad pairs, which measure a training and are none of its data. */
export function broadPairsName(side: NarrowSide): string {
  return `broad-pairs-${side}`;
}
