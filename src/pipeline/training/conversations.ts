import type { Model } from "../../model/model.js";
import { tokenizeDataset, withSystemTurn, type Dataset } from "../../train/data/dataset.js";
import type { Settings } from "../../train/recipes/settings.js";

/**
 * Counts the conversations that can be trained on.
 * @param model null where no tokenizer is there to say; then all are counted
 */
export function conversationsOf(
  dataset: Dataset,
  model: Pick<Model, "tokenizer"> | null,
  { maxLength = Infinity, trailingGenerationPrompt = false, systemTurn }: Settings,
): number {
  if (model === null) return dataset.chats.length;
  const written = withSystemTurn(dataset, systemTurn ?? undefined);
  return tokenizeDataset(written, model.tokenizer, maxLength, { trailingGenerationPrompt }).chats.length;
}
