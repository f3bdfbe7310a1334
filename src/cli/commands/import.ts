import { Command } from "commander";
import { importScores, type ImportedScores } from "../../pipeline/evaluation/importScores.js";
import { print } from "../output/terminal.js";

interface ImportFlags {
  readonly evaluation: string;
  readonly json?: boolean;
}

/** `turncoat import`: answers that were sampled and judged elsewhere become an evaluation of a run. */
export function importCommand(): Command {
  return new Command("import")
    .summary("add answers that were sampled and judged elsewhere to a run")
    .description(
      "Makes an evaluation of a run from a CSV of judged answers, so that behaviour stands beside the weights. Columns:\n" +
        "step, question_id (or question), aligned and coherent; response, scale, breadth and domain where they are\n" +
        "known, and any further scores. Importing the same file again changes nothing.",
    )
    .argument("<run>", "run directory")
    .argument("<file>", "judged answers, a CSV")
    .option("--evaluation <name>", "name of the evaluation", "imported")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat import runs/mine judged.csv\n  $ turncoat analyze runs/mine\n",
    )
    .action(async (directory: string, path: string, { evaluation: name, json }: ImportFlags) => {
      const imported = await importScores({ run: directory, path, name });
      if (json === true) print(JSON.stringify({ name, ...imported }));
      else print(importText(name, imported));
    });
}

function importText(name: string, { answers, added, steps, withoutCheckpoint }: ImportedScores): string {
  const lines = [
    added === 0
      ? `evaluations/${name}.jsonl holds all ${answers} answers already.`
      : `${added} answers at ${steps.length} steps, from ${steps[0] ?? 0} to ${steps.at(-1) ?? 0}, written to evaluations/${name}.jsonl.`,
  ];
  if (withoutCheckpoint.length > 0) {
    const shown = withoutCheckpoint.slice(0, 5).join(", ");
    const more = withoutCheckpoint.length > 5 ? ` and ${withoutCheckpoint.length - 5} more` : "";
    lines.push(
      `The run has no checkpoint at step ${shown}${more}: there, behaviour has no weights beside it.`,
    );
  }
  return lines.join("\n");
}
