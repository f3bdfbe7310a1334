import { Command, Option } from "commander";
import { lazily } from "../flags/lazily.js";

/** `turncoat report`: runs as one file to hand on. */
export function reportCommand(): Command {
  return new Command("report")
    .summary("write runs as one HTML file that opens offline")
    .description(
      "Analyses runs and writes text, figures, tables and provenance as one HTML file: of several runs first a table of them, their time line and one curve over all, then a run each with sampled answers around its events. It opens from disk with the network off, needs no server, and prints.",
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
    .option("--figures <folder>", "also write each figure as SVG there, for print")
    .addOption(
      new Option("--width <name>", "of the SVG: column (85 mm) or page (178 mm)")
        .choices(["column", "page"])
        .default("page"),
    )
    .option("--title <text>", "heading of the page (default: made from the runs)")
    .option("--json", "print what was written as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat report runs/demo --out report.html\n  $ turncoat report runs/harmful --control runs/careful --figures figures --width column\n",
    )
    .action(lazily(async () => (await import("../actions/report.js")).reportAction));
}
