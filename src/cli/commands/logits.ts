import { Command } from "commander";
import { openModel } from "../../model/model.js";
import { tokenLogits } from "../../model/hooks/tokenLogits.js";
import { openAdapted, withAdapterOptions, type AdapterFlags } from "../flags/adapterFlags.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { modelOption } from "../flags/modelFlag.js";
import { wholeNumbers } from "../flags/parsers.js";
import { print } from "../output/terminal.js";

interface LogitsFlags extends EngineFlags, AdapterFlags {
  readonly model: string;
  readonly tokens: number[];
  readonly json?: boolean;
}

/** Most probable next tokens that are listed without `--json`. */
const listed = 10;

/** `turncoat logits`: what a model says after each token, for comparing engines. */
export function logitsCommand(): Command {
  return withEngineOptions(withAdapterOptions(new Command("logits")))
    .summary("the logits after each token of a sequence, to compare engines")
    .description("Runs token ids through a model, with an adapter or none, and prints the logits after each.")
    .addOption(modelOption())
    .requiredOption("--tokens <list>", "token ids, separated by commas", wholeNumbers)
    .option("--json", "print {shape, logits}; otherwise the most probable next tokens")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat logits --model ./Qwen2.5-0.5B-Instruct --tokens 1,2,3 --json\n",
    )
    .action(async (flags: LogitsFlags) => {
      const { model, adapters } = openAdapted(openModel(flags.model, await openEngine(flags)), flags);
      const logits = await tokenLogits(model, flags.tokens, adapters === undefined ? {} : { adapters });
      const { vocabularySize } = model.config;
      if (flags.json === true) {
        print(JSON.stringify({ shape: [flags.tokens.length, vocabularySize], logits: [...logits] }));
        return;
      }
      const last = logits.subarray(-vocabularySize);
      const best = [...last.keys()].sort((one, other) => (last[other] ?? 0) - (last[one] ?? 0));
      for (const token of best.slice(0, listed)) {
        const text = JSON.stringify(model.tokenizer.decodeWithSpecialTokens([token]));
        print(`${String(token).padStart(7)}  ${(last[token] ?? NaN).toFixed(4).padStart(9)}  ${text}`);
      }
    });
}
