import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ChatMessage } from "../../formats/chat.js";
import { generate } from "../../model/generation/generate.js";
import { openModel } from "../../model/model.js";
import type { RunManifest } from "../../runs/manifest.js";
import { openAdapted } from "../open/adapted.js";
import type { AdapterFlags } from "../flags/adapterFlags.js";
import { chatTemplateOf, manifestIn } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { print, printPart } from "../output/terminal.js";
import type { JsonFlag } from "../flags/jsonOption.js";

interface ChatFlags extends JsonFlag, EngineFlags, AdapterFlags, ChatTemplateFlags {
  readonly model: string;
  readonly system?: string;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** Runs `turncoat chat`. */
export async function chatAction(flags: ChatFlags): Promise<void> {
  const chatTemplate = chatTemplateOf(flags, runOfCheckpoint(flags));
  const base = openModel(flags.model, await openEngine(flags), { chatTemplate });
  base.tokenizer.requireTemplate();
  const { model, adapters } = openAdapted(base, flags);
  const opening: readonly ChatMessage[] =
    flags.system === undefined ? [] : [{ role: "system", content: flags.system }];
  let messages = [...opening];
  let turn = 0;
  // Only who types sees a prompt: what is piped through prints answers alone.
  const output = process.stdin.isTTY && flags.json !== true ? { output: process.stdout } : {};
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
        ...(flags.json === true
          ? {}
          : { onTokens: ([ids = []]) => printed.show(model.tokenizer.decode(ids)) }),
      });
      const text = model.tokenizer.decode(answer);
      if (flags.json === true) print(JSON.stringify({ turn, question: line, answer: text }));
      else printed.end(text);
      messages.push({ role: "assistant", content: text });
    }
    lines.prompt();
  }
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
