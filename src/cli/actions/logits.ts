import { openModel } from "../../model/model.js";
import { tokenLogits } from "../../model/hooks/tokenLogits.js";
import { openAdapted } from "../open/adapted.js";
import type { AdapterFlags } from "../flags/adapterFlags.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { print } from "../output/terminal.js";

interface LogitsFlags extends EngineFlags, AdapterFlags {
  readonly model: string;
  readonly tokens: number[];
  readonly json?: boolean;
}

/** Most probable next tokens that are listed without `--json`. */
const listed = 10;

/** Runs `turncoat logits`. */
export async function logitsAction(flags: LogitsFlags): Promise<void> {
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
}
