import { Command } from "commander";
import { lazily } from "../flags/lazily.js";

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
    .action(lazily(async () => (await import("../actions/import.js")).importAction));
}
