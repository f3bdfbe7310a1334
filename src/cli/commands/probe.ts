import { Command, InvalidArgumentError } from "commander";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { withScalarTestOptions } from "./scalars/testScalars.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat probe`: linear probes for misaligned answers, of the residual stream of a run or of adapter scalars. */
export function probeCommand(): Command {
  return withScalarTestOptions(withEngineOptions(new Command("probe")))
    .summary("fit linear probes that tell misaligned from aligned answers, at every layer along training")
    .description(
      "Runs the base model and its adapters over judged answers of the run, and fits a probe and a mean difference to\n" +
        "the residual stream, with whole questions held out. Probes and directions are kept with the run, where analyses\n" +
        "and pages find them. Run the command again to continue, or to add steps and layers.\n\n" +
        "With --scalars it needs no run: it tests whether the scalars A·h of rank-1 adapters tell the answers of two\n" +
        "files apart, as turncoat scalars writes them.",
    )
    .argument("[run]", "run directory")
    .option(
      "--steps <list>",
      "checkpoints, such as 0,40,80 (default: some evenly spread, and the turn)",
      wholeNumbers,
    )
    .option("--layers <list>", "residual stream after these layers: all, or such as 2,3", layerList, "all")
    .option(
      "--layer <number>",
      "the layer that is shown by itself (default: that of the adapter)",
      wholeNumber(0),
    )
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--seed <number>", "seed of the choice of answers and of what is held out", wholeNumber(0), 0)
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--out <file>", "HTML file for the figures (default: <run>/analysis/probes.html)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat probe runs/demo\n  $ turncoat probe runs/demo --layers 2,3 --steps 0,40,80\n" +
        "  $ turncoat probe --scalars aligned.safetensors misaligned.safetensors\n",
    )
    .action(lazily(async () => (await import("../actions/probe.js")).probeAction));
}

function layerList(text: string): readonly number[] | "all" {
  if (text === "all") return text;
  try {
    return wholeNumbers(text);
  } catch {
    throw new InvalidArgumentError("expected all, or layers such as 2,3.");
  }
}
