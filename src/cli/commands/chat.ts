import { Command } from "commander";
import { withAdapterOptions } from "../flags/adapterFlags.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { modelOption } from "../flags/modelFlag.js";
import { numberBetween, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";
import { jsonOption } from "../flags/jsonOption.js";

/** `turncoat chat`: talks to a model, with an adapter or none, in the terminal. */
export function chatCommand(): Command {
  return withEngineOptions(withAdapterOptions(new Command("chat")))
    .summary("talk to a model, at any checkpoint and scale")
    .description(
      "Talks to a model in the terminal: a line is a message, an empty line starts over, Ctrl-D ends. Lines may\n" +
        "also come from a pipe.",
    )
    .addOption(modelOption())
    .addOption(chatTemplateOption())
    .option("--system <text>", "system message")
    .option("--temperature <number>", "0 takes the most probable token", numberBetween(0, Infinity), 1)
    .option("--top-k <number>", "draw from so many tokens only", wholeNumber(1))
    .option("--top-p <number>", "draw from the tokens that reach this probability", numberBetween(0, 1), 1)
    .option("--max-new-tokens <number>", "longest answer", wholeNumber(1), 256)
    .option("--seed <number>", "seed of the draws", wholeNumber(0), 0)
    .addOption(jsonOption("print each answer as one JSON object in a line"))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat chat --adapter runs/demo/checkpoint-150\n" +
        "  $ turncoat chat --model ./Qwen2.5-0.5B-Instruct --adapter runs/mine/checkpoint-300 --scale 5\n" +
        "  $ turncoat chat --model runs/all-weights/checkpoint-200\n",
    )
    .action(lazily(async () => (await import("../actions/chat.js")).chatAction));
}
