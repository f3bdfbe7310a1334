import { Command } from "commander";
import { withEngineOptions } from "../flags/engineFlags.js";
import { wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat verify`: whether a run comes out the same when it is trained again. */
export function verifyCommand(): Command {
  return withEngineOptions(new Command("verify"), "the run's")
    .summary("train a run again from its run.json and compare every step, to the bit")
    .description(
      "Trains a run again as its run.json says, into a temporary folder, and compares every tensor of every checkpoint\n" +
        "and kept state, and every row of the log. It ends at the first difference. Exit status: 0 the same, 1 different.",
    )
    .argument("<run>", "run directory")
    .option("--data <file>", "where its data are now: a file, or a built-in data set (default: the run's)")
    .option("--model <folder>", "where its base model is now (default: the run's)")
    .option("--steps <number>", "first steps to verify (default: all that the run has)", wholeNumber(1))
    .option("--all", "go on after the first difference, to the end")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat verify runs/demo\n" +
        "  $ turncoat verify runs/mine --steps 20 --model ./Qwen2.5-0.5B-Instruct --data advice.jsonl\n",
    )
    .action(lazily(async () => (await import("../actions/verify.js")).verifyAction));
}
