import { Command } from "commander";
import { wholeNumber } from "../../flags/parsers.js";
import { withInterventionOptions } from "./intervene.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat patch`: replays what the adapters of a run read in one prompt and its answer while another is answered. */
export function patchCommand(): Command {
  const command = new Command("patch")
    .summary("replay what a run's adapters read in one prompt while another is answered, and see what moves")
    .description(
      "Records what every adapter of a run reads, A·h, at each token of a prompt and its answer, and lets B write it while\n" +
        "another prompt of equally many tokens is answered, no longer than the recorded answer. Pairs are of the same\n" +
        "question, both broad, both narrow, and mixed. Beside each stand the same scalars in shuffled order of tokens, the\n" +
        "untouched run and the base. Answers are kept with the run: after an interruption the same command continues.",
    )
    .argument("<run>", "run directory")
    .option("--step <number>", "step of the run (default: the last)", wholeNumber(0));
  return withInterventionOptions(command, "shuffled orders of the same scalars beside each")
    .addHelpText("after", "\nExample:\n  $ turncoat patch runs/demo --samples 2\n")
    .action(lazily(async () => (await import("../../actions/interventions/patch.js")).patchAction));
}
