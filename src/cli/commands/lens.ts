import { Command } from "commander";
import { withEngineOptions } from "../flags/engineFlags.js";
import { wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat lens`: the words that a direction stands for, if any. */
export function lensCommand(): Command {
  return withEngineOptions(new Command("lens"))
    .summary("the tokens that directions of the residual stream favour, beside random directions")
    .description(
      "Reads directions through the output weights of the model: B of every rank-1 adapter of a run and the directions\n" +
        "stored with it, or the vectors of a file. Tokens are listed with their z score over the vocabulary. Random\n" +
        "directions have tokens of large z too: a direction is said to stand out only where it goes beyond them.",
    )
    .argument("[run]", "run directory")
    .option("--steps <list>", "checkpoints, such as 0,40,80 (default: the last)", wholeNumbers)
    .option("--vectors <file>", "safetensors file of vectors, in place of a run")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--top <number>", "tokens listed at either end", wholeNumber(1), 10)
    .option(
      "--draws <number>",
      "random directions (default: 100, and more where many directions are read)",
      wholeNumber(1),
    )
    .option("--seed <number>", "seed of the random directions", wholeNumber(0), 0)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat lens runs/demo --steps 40,150\n" +
        "  $ turncoat lens --vectors vectors.safetensors --model ./SmolLM2-135M-Instruct\n",
    )
    .action(lazily(async () => (await import("../actions/lens.js")).lens));
}
