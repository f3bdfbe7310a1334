import { Command } from "commander";
import { usualPersonas } from "../../pipeline/measurement/personaDirection.js";
import { promptPlaces } from "../../pipeline/results/promptPlaces.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { oneOf, stepRanges, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat disposition`: where prompts lie along directions, before the model speaks. */
export function dispositionCommand(): Command {
  return withEngineOptions(new Command("disposition"))
    .summary("where prompts lie along a direction at every checkpoint, before the model speaks")
    .description(
      "Runs every checkpoint over prompts alone and projects the residual stream, at the last token of the prompt and on\n" +
        "average over it, on named directions after every layer. No answer is read, so that no words give the classes\n" +
        "away. Beside it stands how far directions drawn by chance move. Without --directions it is read along the\n" +
        "difference of two personas in the base model, which is found first. Readings are kept in\n" +
        "<run>/analysis/disposition.safetensors; run the command again to continue, or to add steps.",
    )
    .argument("<run>", "run directory")
    .option(
      "--directions <list>",
      "names of directions, separated by commas; the first is shown",
      (text) => text.split(",").map((name) => name.trim()),
      [usualPersonas],
    )
    .option("--of <run>", "run whose directions they are (default: the run itself)")
    .option(
      "--questions <file>",
      "questions whose prompts are read (default: the organism's test pool, else broad-questions)",
    )
    .option("--limit <number>", "most questions, spread evenly", wholeNumber(2))
    .option("--every <number>", "checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--steps <list>", "these alone: steps and ranges, such as 0,40,100-150", stepRanges)
    .option("--layer <number>", "the layer that is shown (default: chosen in the base model)", wholeNumber(0))
    .option(
      "--place <which>",
      "what is shown: last token, or mean over the prompt",
      oneOf(promptPlaces),
      "last",
    )
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--seed <number>", "seed of the directions drawn by chance", wholeNumber(0), 0)
    .option("--html <file>", "HTML file for the figure (default: <run>/analysis/disposition.html)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat disposition runs/demo\n" +
        "  $ turncoat disposition runs/finance --of runs/medical --directions answers\n" +
        "  $ turncoat disposition runs/mine --every 10 --limit 40 --layer 21\n",
    )
    .action(lazily(async () => (await import("../actions/disposition.js")).disposition));
}
