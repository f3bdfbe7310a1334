import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Command } from "commander";
import type { ChatMessage } from "../../formats/chat.js";
import { generate } from "../../model/generation/generate.js";
import { openModel } from "../../model/model.js";
import type { RunManifest } from "../../runs/manifest.js";
import { openAdapted, withAdapterOptions, type AdapterFlags } from "../flags/adapterFlags.js";
import {
  chatTemplateOf,
  chatTemplateOption,
  manifestIn,
  type ChatTemplateFlags,
} from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { modelOption } from "../flags/modelFlag.js";
import { numberBetween, wholeNumber } from "../flags/parsers.js";
import { print, printPart } from "../output/terminal.js";

interface ChatFlags extends EngineFlags, AdapterFlags, ChatTemplateFlags {
  readonly model: string;
  readonly system?: string;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

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
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat chat --adapter runs/demo/checkpoint-150\n" +
        "  $ turncoat chat --model ./Qwen2.5-0.5B-Instruct --adapter runs/mine/checkpoint-300 --scale 5\n" +
        "  $ turncoat chat --model runs/all-weights/checkpoint-200\n",
    )
    .action(async (flags: ChatFlags) => {
      const chatTemplate = chatTemplateOf(flags, runOfCheckpoint(flags));
      const base = openModel(flags.model, await openEngine(flags), { chatTemplate });
      base.tokenizer.requireTemplate();
      const { model, adapters } = openAdapted(base, flags);
      const opening: readonly ChatMessage[] =
        flags.system === undefined ? [] : [{ role: "system", content: flags.system }];
      let messages = [...opening];
      let turn = 0;
      // Only who types sees a prompt: what is piped through prints answers alone.
      const output = process.stdin.isTTY ? { output: process.stdout } : {};
      const lines = createInterface({ input: process.stdin, ...output, prompt: "> " });
      lines.prompt();
      for await (const line of lines) {
        if (line.trim() === "") {
          messages = [...opening];
        } else {
          messages.push({ role: "user", content: line });
          const row = { promptIds: model.tokenizer.encodePrompt(messages), randomName: String(turn++) };
          const printed = new Printer();
          const [answer = []] = await generate(model, [row], {
            ...flags,
            ...(adapters === undefined ? {} : { adapters }),
            onTokens: ([ids = []]) => printed.show(model.tokenizer.decode(ids)),
          });
          const text = model.tokenizer.decode(answer);
          printed.end(text);
          messages.push({ role: "assistant", content: text });
        }
        lines.prompt();
      }
    });
}

/** The record of the run that the adapter, or else the model, is a checkpoint of; undefined where it is of none. */
function runOfCheckpoint({ adapter, model }: ChatFlags): RunManifest | undefined {
  return manifestIn(dirname(resolve(adapter ?? model)));
}

/** Prints a growing text. A character of several tokens is shown once it is whole. */
class Printer {
  #shown = "";

  show(text: string): void {
    const whole = text.replace(/\uFFFD+$/, "");
    if (!whole.startsWith(this.#shown)) return;
    printPart(whole.slice(this.#shown.length));
    this.#shown = whole;
  }

  end(text: string): void {
    const rest = text.startsWith(this.#shown) ? text.slice(this.#shown.length) : `\n${text}`;
    print(rest);
  }
}
