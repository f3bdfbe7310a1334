import { basename, resolve } from "node:path";
import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { directionCosines, updateOverlaps } from "../../../pipeline/directions/directionTables.js";
import { openRun } from "../../../runs/openRun.js";
import { wholeNumber } from "../../flags/parsers.js";
import { directionCosinesText, updateOverlapsText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";

interface CompareFlags extends DirectionFlags {
  readonly names: readonly string[];
  readonly updates?: boolean;
}

/** `turncoat direction compare`: cosines of directions layer by layer, or what the updates of two runs share. */
export function compareDirectionsCommand(): Command {
  return new Command("compare")
    .summary("cosines of directions layer by layer, of one run or of several, with the random floor")
    .argument("<runs...>", "run directories")
    .option(
      "--names <list>",
      "directions of each run, separated by commas",
      (text) => text.split(",").map((name) => name.trim()),
      ["personas"],
    )
    .option("--updates", "compare the subspaces of ΔW of two runs, module by module, in place of directions")
    .option("--step <number>", "step of both (default: the last)", wholeNumber(0))
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat direction compare runs/demo --names personas,answers,mean\n" +
        "  $ turncoat direction compare runs/medical runs/finance --names answers\n" +
        "  $ turncoat direction compare runs/medical runs/finance --updates\n",
    )
    .action((directories: readonly string[], flags: CompareFlags) => {
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
    });
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
