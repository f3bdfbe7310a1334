import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { chooseTemplate, type ChosenTemplate } from "../../model/tokenizer/chosenTemplate.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";

/** The option of commands that write chats. */
export interface ChatTemplateFlags {
  readonly chatTemplate?: string;
}

/** The option that chooses a chat template, for models that have none or in place of their own. */
export function chatTemplateOption(otherwise = "the run's, or else the model's own"): Option {
  return new Option(
    "--chat-template <file>",
    `Jinja file that writes chats, or "plain" for User: and Assistant: (default: ${otherwise})`,
  );
}

/**
 * The template that a command writes chats with: the one chosen, or else the one that the run was trained with.
 * @returns undefined for the model's own
 * @throws TurncoatError where the file chosen cannot be read
 */
export function chatTemplateOf(
  { chatTemplate: choice }: ChatTemplateFlags,
  manifest?: Pick<RunManifest, "chatTemplate"> | null,
): ChosenTemplate | undefined {
  return choice === undefined ? manifest?.chatTemplate : chooseTemplate(choice);
}

/**
 * The record of a run in a folder, undefined where the folder is no run.
 * @throws TurncoatError where it is damaged, so that nothing says how the run writes chats
 */
export function manifestIn(directory: string): RunManifest | undefined {
  const path = join(directory, manifestFile);
  return existsSync(path) ? readManifest(path) : undefined;
}
