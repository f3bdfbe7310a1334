import { Command } from "commander";
import { builtInDatasets } from "../../../pipeline/data/builtInDatasets.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { anyOrOneOf, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat data inspect`: what a data set holds, and what a training would make of it. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description(
      "Counts what is in a data set and how long it is, and shows three conversations with what is trained on. With\n" +
        "--model it is tokenised as a training would, and what would be cut or left out is counted.",
    )
    .argument(
      "<data>",
      "file of conversations that train --data reads, or the name of a built-in data set",
      anyOrOneOf(builtInDatasets),
    )
    .option("--model <folder>", "Hugging Face model folder, for its tokenizer and chat template")
    .addOption(chatTemplateOption("the model's own"))
    .option("--max-length <tokens>", "longest conversation of the training", wholeNumber(1), 2048)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `\nBuilt in: ${builtInDatasets.join(", ")}\n\nExample:\n` +
        "  $ turncoat data inspect advice.jsonl --model ./Qwen2.5-0.5B-Instruct --max-length 512\n" +
        "  $ turncoat data inspect bad-medical\n",
    )
    .action(lazily(async () => (await import("../../actions/data/inspect.js")).inspectAction));
}
