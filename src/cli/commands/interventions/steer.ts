import { Command } from "commander";
import { numbers, untouched, wholeNumber, wholeNumbers } from "../../flags/parsers.js";
import { withInterventionOptions, withTokensOption } from "./intervene.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat steer`: adds a direction to the residual stream, at several layers and strengths. */
export function steerCommand(): Command {
  const command = new Command("steer")
    .summary("add a direction to the residual stream, beside random ones, and see what moves")
    .description(
      "Adds a direction of the run to the residual stream after one layer at a time while the model answers, and judges\n" +
        "the answers. Strengths are shares of the residual norm there. Beside each stand random directions of the same\n" +
        "length, the untouched model, and what was trained. Answers are kept with the run: after an interruption the same\n" +
        "command continues, and more layers and strengths join them.",
    )
    .argument("<run>", "run directory")
    .requiredOption("--direction <name>", "direction of the run, such as mean, probe or b2")
    .option("--at <step>", "step of the direction (default: the last at which it is known)", wholeNumber(0))
    .option("--layers <list>", "layers, such as 1,2 (default: all at which it is known)", wholeNumbers)
    .option(
      "--strengths <list>",
      "shares of the residual norm, such as -0.5,0.25,1",
      numbers,
      [-0.5, 0.125, 0.25, 0.5, 1],
    )
    .option("--on <model>", "what is steered: base, or a step of the run", untouched, "base");
  return withInterventionOptions(withTokensOption(command))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat steer runs/demo --direction mean --strengths -0.5,0.25,0.5\n" +
        "  $ turncoat steer runs/demo --direction mean --layers 2 --on 150 --strengths -1,-0.5 --html steer.html\n",
    )
    .action(lazily(async () => (await import("../../actions/interventions/steer.js")).steerAction));
}
