import { Command } from "commander";
import { lazily } from "../flags/lazily.js";

/** `turncoat report`: runs as one file to hand on. */
export function reportCommand(): Command {
  return new Command("report")
    .summary("write runs as one HTML file that opens offline")
    .description(
      "Analyses runs and writes text, figures, tables and provenance as one HTML file. It opens from disk with the network off, and needs no server.",
    )
    .argument("<runs...>", "run directories")
    .option("-o, --out <file>", "where to write", "report.html")
    .option(
      "--evaluation <name>",
      "the evaluation that behaviour is taken from (default: curve, or the first that was judged)",
    )
    .option(
      "--control <run>",
      "a run on other answers that the runs are held against; again for each (default: the one that run.json names)",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option("--title <text>", "heading of the page (default: made from the runs)")
    .option("--json", "print what was written as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat report runs/demo --out report.html\n  $ turncoat report runs/harmful --control runs/careful\n",
    )
    .action(lazily(async () => (await import("../actions/report.js")).reportAction));
}
