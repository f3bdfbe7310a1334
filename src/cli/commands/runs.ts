import { Command } from "commander";
import { usuallyIgnored } from "../../pipeline/catalog/usuallyIgnored.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat runs`: which runs there are, what one holds, and how several differ. */
export function runsCommand(): Command {
  return new Command("runs")
    .summary("list runs, show one, or say how several differ")
    .description("Lists runs, shows what one holds, or says how several were made differently.")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(diffCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description(
      "Lists the runs of a folder: state, recipe, seed, misaligned answers at the end, and the turn.",
    )
    .argument("[folder]", "folder that holds runs", "runs")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat runs list\n  $ turncoat runs list elsewhere --json\n")
    .action(lazily(async () => (await import("../actions/runs.js")).listAction));
}

function showCommand(): Command {
  return new Command("show")
    .description("Shows what a run holds: state, recipe, checkpoints, what is missing, and its numbers.")
    .argument("<run>", "run directory")
    .option("--json", "print one JSON object, with every checkpoint and run.json")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat runs show runs/demo\n  $ turncoat runs show runs/demo --json\n",
    )
    .action(lazily(async () => (await import("../actions/runs.js")).showAction));
}

function diffCommand(): Command {
  return new Command("diff")
    .description("Lists the settings in which runs differ, and only those.")
    .argument("<runs...>", "run directories, two or more")
    .option("--json", "print one JSON object")
    .option(
      "--ignore <settings>",
      `settings to leave out beside ${usuallyIgnored.join(", ")}, divided by commas, such as seed,config.steps`,
      (text) => text.split(",").map((each) => each.trim()),
      [],
    )
    .option("--all", "leave nothing out")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat runs diff runs/seed-1 runs/seed-2\n" +
        "  $ turncoat runs diff runs/a runs/b --ignore seed,config.seed --json\n",
    )
    .action(lazily(async () => (await import("../actions/runs.js")).diffAction));
}
