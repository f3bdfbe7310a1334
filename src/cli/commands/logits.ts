import { Command } from "commander";
import { withAdapterOptions } from "../flags/adapterFlags.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { modelOption } from "../flags/modelFlag.js";
import { wholeNumbers } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat logits`: what a model says after each token, for comparing engines. */
export function logitsCommand(): Command {
  return withEngineOptions(withAdapterOptions(new Command("logits")))
    .summary("the logits after each token of a sequence, to compare engines")
    .description("Runs token ids through a model, with an adapter or none, and prints the logits after each.")
    .addOption(modelOption())
    .requiredOption("--tokens <list>", "token ids, separated by commas", wholeNumbers)
    .option("--json", "print {shape, logits}; otherwise the most probable next tokens")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat logits --model ./Qwen2.5-0.5B-Instruct --tokens 1,2,3 --json\n",
    )
    .action(lazily(async () => (await import("../actions/logits.js")).logitsAction));
}
