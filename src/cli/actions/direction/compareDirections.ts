import { basename, resolve } from "node:path";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { directionCosines, updateOverlaps } from "../../../pipeline/directions/directionTables.js";
import { openRun } from "../../../runs/openRun.js";
import { directionCosinesText, updateOverlapsText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";

interface CompareFlags extends DirectionFlags {
  readonly names: readonly string[];
  readonly updates?: boolean;
}

/** Runs `turncoat direction compare`. */
export function compareDirectionsAction(directories: readonly string[], flags: CompareFlags): void {
  if (flags.updates === true) {
    const overlaps = ofUpdates(directories, flags.step);
    if (flags.json === true) print(JSON.stringify(toJson({ overlaps })));
    else print(updateOverlapsText(overlaps));
    return;
  }
  const sets = directories.flatMap((directory) =>
    flags.names.map((name) => ({
      name: directories.length === 1 ? name : `${basename(resolve(directory))} ${name}`,
      set: chosenDirection(directory, name, flags),
    })),
  );
  if (sets.length < 2) {
    throw new TurncoatError("direction compare: expected two directions or more, found one", {
      hint: "Name several with --names, or several runs.",
    });
  }
  const cosines = directionCosines(sets);
  if (flags.json === true) print(JSON.stringify(toJson({ ...cosines })));
  else print(directionCosinesText(cosines));
}

function ofUpdates(
  directories: readonly string[],
  step: number | undefined,
): ReturnType<typeof updateOverlaps> {
  const [one, other] = directories;
  if (one === undefined || other === undefined || directories.length > 2) {
    throw new TurncoatError(`--updates: expected two runs, found ${directories.length}`);
  }
  return updateOverlaps(openRun(one), openRun(other), step);
}
