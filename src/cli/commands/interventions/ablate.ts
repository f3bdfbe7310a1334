import { Command } from "commander";
import { ablationWays } from "../../../pipeline/interventions/ablationWays.js";
import { severalOf, wholeNumber } from "../../flags/parsers.js";
import { withInterventionOptions, withTokensOption } from "./intervene.js";
import { untouched } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat ablate`: takes a direction out of the residual stream, or out of B, of its own run and of others. */
export function ablateCommand(): Command {
  const command = new Command("ablate")
    .summary("take a direction out of the residual stream, beside random ones, and see what moves")
    .description(
      "Takes what lies along a direction of the run out of the residual stream while the model answers, and judges the\n" +
        "answers: each layer's own direction after it, one after all layers, or one after its own layer. Beside each stand\n" +
        "random directions, the untouched model and the base. Answers are kept with the run: after an interruption the\n" +
        "same command continues.",
    )
    .argument("<run>", "run directory")
    .requiredOption("--direction <name>", "direction of the run, such as mean, probe or b2")
    .option("--at <step>", "step of the direction (default: the last at which it is known)", wholeNumber(0))
    .option(
      "--how <list>",
      `${ablationWays.join(", ")} (default: all that the direction allows)`,
      severalOf(ablationWays),
    )
    .option(
      "--layer <number>",
      "layer of the one direction (default: the direction's usual one)",
      wholeNumber(0),
    )
    .option(
      "--on <model>",
      "what it is taken out of: base, or a step of the run (default: the last)",
      untouched,
    )
    .option(
      "--from-b",
      "take it out of B of the adapters too, which then writes as much along other directions",
    )
    .option(
      "--to <run>",
      "another run of the same base to take it out of as well, at its last step; again for each",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    );
  return withInterventionOptions(withTokensOption(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat ablate runs/demo --direction mean --from-b\n" +
        "  $ turncoat ablate runs/medical --direction mean --how each-layer --to runs/sport --to runs/finance\n",
    )
    .action(lazily(async () => (await import("../../actions/interventions/ablate.js")).ablateAction));
}
