import { Command, InvalidArgumentError } from "commander";
import { usualCoefficientRows, usualSampler } from "../../analysis/learningCoefficient/usualSampler.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { lazily } from "../flags/lazily.js";
import { numberBetween, positiveNumber, stepRanges, wholeNumber } from "../flags/parsers.js";

/** `turncoat learning-coefficient`: how degenerate the loss around the adapter is along training. */
export function learningCoefficientCommand(): Command {
  return withEngineOptions(new Command("learning-coefficient"))
    .summary("how degenerate the loss around the adapter is along training")
    .description(
      "Estimates the local learning coefficient at kept steps: by how much the loss over rows of the training data is higher,\n" +
        "on average, where Langevin dynamics tethered to the adapter goes. Each step is sampled at two sizes of the\n" +
        "sampler's step or more, and can be told only where these agree. Results are kept in <run>/analysis/learning-coefficient.json;\n" +
        "run the command again to continue or to add steps.",
    )
    .argument("<run>", "run directory, of adapters trained by Turncoat")
    .option(
      "--steps <list>",
      "kept steps and ranges of them, such as 0,40,100-150 (default: a few, closer together at the turn)",
      stepRanges,
    )
    .option(
      "--rows <number>",
      "most rows that the loss is over, drawn at random",
      wholeNumber(2),
      usualCoefficientRows,
    )
    .option("--chains <number>", "chains at each size", wholeNumber(2), usualSampler.chains)
    .option("--draws <number>", "draws of a chain that count", wholeNumber(2), usualSampler.draws)
    .option("--burn-in <number>", "draws before them", wholeNumber(0), usualSampler.burnIn)
    .option(
      "--together <number>",
      "rows that a draw's loss and gradient are estimated from",
      wholeNumber(1),
      usualSampler.together,
    )
    .option(
      "--localization <number>",
      "γ, the strength of the tether in units of the adapter",
      positiveNumber,
      usualSampler.localization,
    )
    .option(
      "--step-sizes <list>",
      "sizes of the sampler's step, as shares of 1/p, p the largest precision, tried from the smallest up",
      stepSharesOf,
      usualSampler.stepShares,
    )
    .option("--seed <number>", "seed of rows and chains", wholeNumber(0), usualSampler.seed)
    .option(
      "--units-of <run>",
      "run whose last adapter gives the units: name the same one for runs to compare (default: this one)",
    )
    .option("--data <file>", "the training data (default: what the run names)")
    .option("--model <folder>", "base model (default: the one in run.json)")
    .addOption(chatTemplateOption())
    .option("--overwrite", "measure anew what was measured with other settings")
    .option("--dry-run", "say what would be computed, and compute nothing")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat learning-coefficient runs/demo\n" +
        "  $ turncoat learning-coefficient runs/careful --units-of runs/demo\n" +
        "  $ turncoat learning-coefficient runs/mine --steps 0,20,40 --rows 16 --draws 200\n",
    )
    .action(
      lazily(async () => (await import("../actions/learningCoefficient.js")).learningCoefficientAction),
    );
}

/** Parses sizes of the sampler's step, from the largest to the smallest. */
function stepSharesOf(text: string): number[] {
  const shares = [...new Set(text.split(",").map(numberBetween(0, 4)))].toSorted((one, other) => other - one);
  if (shares.length > 1 && !shares.includes(0)) return shares;
  throw new InvalidArgumentError("expected two or more sizes above 0 and up to 4, which have to agree.");
}
