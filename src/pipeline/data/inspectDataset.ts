import { median, quantile } from "../../analysis/statistics/quantile.js";
import type { ChatTokenizer } from "../../model/tokenizer/chatTokenizer.js";
import type { Dataset } from "../../train/data/dataset.js";
import {
  chatLengths,
  countChats,
  countTokens,
  exampleRows,
  maskedPieces,
  turnPieces,
  type ChatCounts,
  type MaskedPiece,
  type TokenizedCounts,
} from "../../train/data/inspect.js";
import { isTurncoatError } from "../../errors.js";

/** Lengths of many texts in a few numbers; NaN without texts. */
export interface LengthSummary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  /** Length that 90 % of the texts do not exceed, linearly interpolated. */
  readonly ninetyPercent: number;
  readonly max: number;
}

/** A row shown with what of it is trained on. */
export interface ExampleRow {
  /** Number of the row, from 1. */
  readonly row: number;
  readonly pieces: readonly MaskedPiece[];
}

/** What a data set holds. */
export interface InspectedDataset {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly counts: ChatCounts;
  readonly lengths: {
    readonly questionCharacters: LengthSummary;
    readonly questionWords: LengthSummary;
    readonly answerCharacters: LengthSummary;
    readonly answerWords: LengthSummary;
    /** Null without a tokenizer. */
    readonly tokens: LengthSummary | null;
    readonly trainedTokens: LengthSummary | null;
  };
  /** What a training would make of it; null without a tokenizer. */
  readonly training: Omit<TokenizedCounts, "tokens" | "trainedTokens"> | null;
  readonly examples: readonly ExampleRow[];
}

/** Looks through a data set as a training with this tokenizer and longest length would use it. */
export function inspectDataset(
  dataset: Dataset,
  options: { readonly tokenizer?: ChatTokenizer; readonly maxLength?: number } = {},
): InspectedDataset {
  const { chats, name, path, sha256 } = dataset;
  const { tokenizer, maxLength = 2048 } = options;
  const lengths = chatLengths(chats);
  const counted = tokenizer === undefined ? null : countTokens(chats, tokenizer, maxLength);
  const examples = exampleRows(chats.length).flatMap((index): ExampleRow[] => {
    const chat = chats[index];
    if (chat === undefined) return [];
    if (tokenizer === undefined) return [{ row: index + 1, pieces: turnPieces(chat) }];
    try {
      const pieces = maskedPieces(tokenizer.encodeChat(chat.messages), tokenizer, maxLength);
      return [{ row: index + 1, pieces }];
    } catch (error) {
      // Counted among the refused rows already.
      if (isTurncoatError(error)) return [];
      throw error;
    }
  });
  return {
    name,
    path,
    sha256,
    counts: countChats(chats),
    lengths: {
      questionCharacters: lengthSummary(lengths.questionCharacters),
      questionWords: lengthSummary(lengths.questionWords),
      answerCharacters: lengthSummary(lengths.answerCharacters),
      answerWords: lengthSummary(lengths.answerWords),
      tokens: counted === null ? null : lengthSummary(counted.tokens),
      trainedTokens: counted === null ? null : lengthSummary(counted.trainedTokens),
    },
    training: counted === null ? null : withoutRows(counted),
    examples,
  };
}

/** Sums up lengths. */
export function lengthSummary(lengths: readonly number[]): LengthSummary {
  return {
    min: quantile(lengths, 0),
    median: median(lengths),
    mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    ninetyPercent: quantile(lengths, 0.9),
    max: quantile(lengths, 1),
  };
}

function withoutRows(counted: TokenizedCounts): InspectedDataset["training"] {
  const { maxLength, cut, withoutAnswer, answerCutOff, refused, firstRefusal } = counted;
  return { maxLength, cut, withoutAnswer, answerCutOff, refused, firstRefusal };
}
