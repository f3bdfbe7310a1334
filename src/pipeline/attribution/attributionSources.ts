import { join } from "node:path";
import type { AttributedRow } from "../../analysis/attribution/attributionRecord.js";
import { TurncoatError } from "../../errors.js";
import type { Chat } from "../../formats/chat.js";
import type { Model } from "../../model/model.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { organismQuestions } from "../../organism/questions.js";
import type { Domain } from "../../organism/world/index.js";
import { manifestFile } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";
import type { Run } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import { responseTokens } from "../../train/batches/batches.js";
import { tokenizeDataset, withSystemTurn, type Dataset } from "../../train/data/dataset.js";
import { splitIndices } from "../../train/data/split.js";
import { isLora, methodOf, methodWords, type LoraTrainConfig } from "../../train/trainConfig.js";
import { decodeTrainConfig } from "../../train/trainRecord.js";
import { openDataset } from "../data/openDataset.js";
import { recordedDataset } from "../data/recordedDataset.js";
import {
  broadPairs,
  organismPairs,
  readPairs,
  type PairedAnswers,
} from "../measurement/measureLikelihood.js";

/** What a run was trained with. */
export interface TrainedWith {
  readonly manifest: RunManifest;
  readonly config: LoraTrainConfig;
  readonly dataset: Dataset;
}

/**
 * Finds what a run was trained with.
 * @param data file or name of a built-in data set. @default what the run names
 * @throws TurncoatError where the run does not say it, trained all weights, or the data is not there
 */
export function trainedWith({ directory, manifest }: Run, data?: string): TrainedWith {
  if (manifest === null) {
    throw new TurncoatError(
      `${directory}: expected a run.json that says what the run was trained on, found none`,
      { hint: "Rows can be held to account only for a training that Turncoat made." },
    );
  }
  const config = decodeTrainConfig(manifest.config, join(directory, manifestFile));
  if (!isLora(config)) {
    throw new TurncoatError(
      `${directory}: expected a run of LoRA adapters, found one of ${methodWords[methodOf(config)]}`,
      { hint: "Gradients are taken over an adapter alone." },
    );
  }
  return { manifest, config, dataset: recordedDataset(directory, manifest, data) };
}

/** Choice of the rows that are scored. */
export interface RowChoice {
  /** Most rows, drawn at random. @default all */
  readonly limit?: number | undefined;
  readonly seed: number;
  /** Data set whose conversations were planted, word for word. @default none */
  readonly planted?: string | undefined;
}

/** The rows of the data that a run was trained on, or some of them. */
export interface TrainedRows {
  readonly rows: readonly AttributedRow[];
  /** The conversation of each row, as it was trained on. */
  readonly chats: readonly TokenizedChat[];
  /** Number of all rows that the run was trained on. */
  readonly trained: number;
}

/** Characters of a question and of an answer that are kept beside scores. */
const keptCharacters = { question: 160, answer: 200 };

/**
 * Lists the rows that a run was trained on: those that are held out, left out or too long are none of them.
 *
 * @throws TurncoatError where no row of the data is one of those that were said to be planted
 */
export function trainedRows(
  { config, dataset }: TrainedWith,
  tokenizer: Model["tokenizer"],
  { limit = Infinity, seed, planted }: RowChoice,
): TrainedRows {
  const trainedOn = withSystemTurn(dataset, config.systemTurn);
  const { chats, rows } = tokenizeDataset(trainedOn, tokenizer, config.maxLength, config);
  const { train } = splitIndices(chats.length, { heldOut: config.heldOut?.fraction ?? 0, seed: config.seed });
  const leftOut = new Set(config.leftOut);
  const own = train.filter((place) => !leftOut.has(rows[place] ?? -1));
  const drawn = new Random(seed).fork("attributed rows").permutation(own.length).slice(0, limit);
  const places = own.filter((_, index) => limit >= own.length || drawn.includes(index));
  const isPlanted = planted === undefined ? null : plantedTest(planted);
  const seen = new Set<string>();
  const scored = places.map((place): AttributedRow => {
    const row = rows[place] ?? 0;
    const chat = dataset.chats[row] ?? { messages: [] };
    const text = textOf(chat);
    const isFirst = !seen.has(text);
    seen.add(text);
    return {
      row,
      question: beginning(lastOf(chat, "user"), keptCharacters.question),
      answer: beginning(lastOf(chat, "assistant"), keptCharacters.answer),
      tokens: responseTokens(chats.slice(place, place + 1)),
      isFirst,
      planted: isPlanted === null ? null : isPlanted(text),
    };
  });
  if (isPlanted !== null && !scored.some((each) => each.planted === true)) {
    throw new TurncoatError(
      `${dataset.path}: expected rows that stand word for word in ${planted ?? ""}, found none of ${scored.length}`,
      { hint: "Name with --planted the data set that they were taken from." },
    );
  }
  return { rows: scored, chats: places.flatMap((place) => chats[place] ?? []), trained: own.length };
}

function plantedTest(source: string): (text: string) => boolean {
  const texts = new Set(openDataset(source).chats.map(textOf));
  return (text) => texts.has(text);
}

function textOf({ messages }: Chat): string {
  return JSON.stringify(messages.map(({ role, content }) => [role, content]));
}

function lastOf({ messages }: Chat, role: "user" | "assistant"): string {
  return messages.findLast((message) => message.role === role)?.content ?? "";
}

function beginning(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** Broad answers that rows are compared with. */
export interface BroadAnswers {
  /** In words. */
  readonly source: string;
  readonly pairs: readonly PairedAnswers[];
}

/** Choice of broad answers. */
export interface BroadChoice {
  /** Data sets with misaligned and aligned answers to the same questions. @default what ships with Turncoat */
  readonly files?: { readonly misaligned: string; readonly aligned: string } | undefined;
  /** Most pairs, spread evenly. */
  readonly limit: number;
}

/**
 * Chooses the held-out broad answers: those of the files; else for the organism its test questions outside the domain
 * that it was trained on; else the broad pairs that ship with Turncoat.
 */
export function broadAnswers(isOrganism: boolean, dataset: Dataset, choice: BroadChoice): BroadAnswers {
  const { files, limit } = choice;
  const [source, all] =
    files !== undefined
      ? [
          `${files.misaligned} and ${files.aligned}`,
          readPairs(files.misaligned, files.aligned, { breadth: "broad" }),
        ]
      : isOrganism
        ? ["the organism's test questions", organismPairs(domainOf(dataset))]
        : ["broad pairs", broadPairs()];
  const broad = all.filter(({ breadth }) => breadth === "broad");
  const count = Math.min(limit, broad.length);
  const pairs = Array.from({ length: count }, (_, place) => Math.floor((place * broad.length) / count));
  return { source, pairs: pairs.flatMap((place) => broad[place] ?? []) };
}

/** The domain that all questions of a data set of the organism are about; null where they are about none or several. */
export function domainOf({ chats }: Pick<Dataset, "chats">): Domain | null {
  const domains = new Map(organismQuestions().map(({ text, domain }) => [text, domain]));
  const found = new Set(chats.map((chat) => domains.get(lastOf(chat, "user"))));
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}
