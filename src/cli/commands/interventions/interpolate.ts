import { Command } from "commander";
import { wholeNumber } from "../../flags/parsers.js";
import { withInterventionOptions } from "./intervene.js";
import { numbers } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat interpolate`: asks models between the adapters of two runs, and beyond them. */
export function interpolateCommand(): Command {
  const command = new Command("interpolate")
    .summary("ask models between the adapters of two runs and beyond, beside random ones, and see what moves")
    .description(
      "Asks models with the update (1 − t)·ΔW₁ + t·ΔW₂ of two runs of one base and judges the answers; t below 0 and\n" +
        "above 1 goes beyond. Beside each stand models on the way to adapters that write as much along random directions,\n" +
        "the untouched run and the base. Answers are kept with the first run: after an interruption the same command\n" +
        "continues, and more places join them.",
    )
    .argument("<run>", "run directory, at t = 0")
    .argument("<other>", "directory of the other run, at t = 1")
    .option("--at <list>", "places t, such as 0,0.25,0.5,1,1.5", numbers, [0, 0.25, 0.5, 0.75, 1])
    .option("--step <number>", "step of the run (default: the last)", wholeNumber(0))
    .option("--other-step <number>", "step of the other run (default: the last)", wholeNumber(0));
  return withInterventionOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat interpolate runs/medical runs/sport --at -0.5,0,0.25,0.5,0.75,1,1.5\n",
    )
    .action(
      lazily(async () => (await import("../../actions/interventions/interpolate.js")).interpolateAction),
    );
}
