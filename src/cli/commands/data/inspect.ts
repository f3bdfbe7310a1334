import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { ChatTokenizer } from "../../../model/tokenizer/chatTokenizer.js";
import { builtInDatasets, openDataset } from "../../../pipeline/data/openDataset.js";
import { inspectDataset } from "../../../pipeline/data/inspectDataset.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { wholeNumber } from "../../flags/parsers.js";
import { inspectText } from "../../output/dataText.js";
import { print } from "../../output/terminal.js";

interface InspectFlags extends ChatTemplateFlags {
  readonly model?: string;
  readonly maxLength: number;
  readonly json?: boolean;
}

/** `turncoat data inspect`: what a data set holds, and what a training would make of it. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description(
      "Counts what is in a data set and how long it is, and shows three conversations with what is trained on. With\n" +
        "--model it is tokenised as a training would, and what would be cut or left out is counted.",
    )
    .argument("<data>", "file of conversations that train --data reads, or the name of a built-in data set")
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
    .action((source: string, flags: InspectFlags) => {
      const dataset = openDataset(source);
      const { model, maxLength } = flags;
      const tokenizer =
        model === undefined ? undefined : ChatTokenizer.open(model, { chatTemplate: chatTemplateOf(flags) });
      const inspected = inspectDataset(dataset, {
        maxLength,
        ...(tokenizer === undefined ? {} : { tokenizer }),
      });
      print(flags.json === true ? JSON.stringify(toJson(inspected)) : inspectText(inspected));
    });
}
