import { toJson } from "../../../analysis/toJson.js";
import { ChatTokenizer } from "../../../model/tokenizer/chatTokenizer.js";
import { openDataset } from "../../../pipeline/data/openDataset.js";
import { inspectDataset } from "../../../pipeline/data/inspectDataset.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { inspectText } from "../../output/dataText.js";
import { print } from "../../output/terminal.js";

interface InspectFlags extends ChatTemplateFlags {
  readonly model?: string;
  readonly maxLength: number;
  readonly json?: boolean;
}

/** Runs `turncoat data inspect`. */
export function inspectAction(source: string, flags: InspectFlags): void {
  const dataset = openDataset(source);
  const { model, maxLength } = flags;
  const tokenizer =
    model === undefined ? undefined : ChatTokenizer.open(model, { chatTemplate: chatTemplateOf(flags) });
  const inspected = inspectDataset(dataset, {
    maxLength,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
  print(flags.json === true ? JSON.stringify(toJson(inspected)) : inspectText(inspected));
}
