import { statSync } from "node:fs";
import { Command } from "commander";
import type { StandalonePart } from "../../figures/standalone/standaloneHtml.js";
import { writeOfflineReport } from "../../notebook/offlinePage.js";
import { reportPart } from "../../pipeline/report/reportPart.js";
import { print } from "../output/terminal.js";

interface ReportFlags {
  readonly out: string;
  readonly evaluation?: string;
  readonly title?: string;
  readonly json?: boolean;
  readonly control: readonly string[];
}

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
    .action(async (runs: string[], { out: output, evaluation, title, json, control }: ReportFlags) => {
      const parts: StandalonePart[] = [];
      for (const run of runs)
        parts.push(
          await reportPart(run, { evaluation, controls: control.length === 0 ? undefined : control }),
        );
      const names = parts.map((part) => part.title).join(", ");
      writeOfflineReport(output, { title: title ?? `Turncoat: ${names}`, parts });
      const figures = parts.reduce((count, part) => count + part.figures.length, 0);
      const { size } = statSync(output);
      if (json === true) print(JSON.stringify({ output, runs, figures, bytes: size }));
      else print(`${figures} figures of ${names}: ${output} (${(size / 2 ** 20).toFixed(1)} MB)`);
    });
}
