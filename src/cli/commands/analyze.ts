import { Command } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { summary } from "../../analysis/summary.js";
import { analyzeRun } from "../../pipeline/analyzeRun.js";
import { analysisTable } from "../analysisTable.js";

/** `turncoat analyze`: geometry, behaviour and transitions of any run. */
export function analyzeCommand(): Command {
  return new Command("analyze")
    .summary("analyse a run made here or with PEFT, and say what turns and when")
    .description(
      "Analyses a run: the directions of its adapters at every checkpoint, its gradient norm and its judged\n" +
        "answers. Any folder with checkpoint-*/adapter_model.safetensors will do.",
    )
    .argument("<run>", "run directory")
    .option("--json", "print one JSON object with every number, its parameters and its gaps")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat analyze runs/demo\n  $ turncoat analyze runs/demo --json\n",
    )
    .action((directory: string, flags: { readonly json?: boolean }) => {
      const { analysis, warnings } = analyzeRun(directory);
      for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
      if (flags.json === true) {
        console.log(JSON.stringify(toJson(analysis)));
        return;
      }
      console.log(summary(analysis).join("\n"));
      console.log(`\n${analysisTable(analysis)}`);
    });
}
