import { existsSync } from "node:fs";
import { join } from "node:path";
import { chooseTemplate, type ChosenTemplate } from "../../model/tokenizer/chosenTemplate.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";

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
