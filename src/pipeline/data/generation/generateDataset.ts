import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import pLimit from "p-limit";
import { TurncoatError } from "../../../errors.js";
import { ChatEndpoint } from "../../../endpoint/chatEndpoint.js";
import type { ChatReply } from "../../../endpoint/chatReply.js";
import type { EndpointOptions } from "../../../endpoint/httpEndpoint.js";
import { JudgeCache } from "../../../evaluate/judge/judgeCache.js";
import { encodeChats, type Chat } from "../../../formats/chat.js";
import type { JsonObject } from "../../../formats/json.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { whileHolding } from "../../../runs/writeLock.js";
import type { NarrowDomain, NarrowSide } from "../../../train/data/narrowDomains.js";
import { wordsOf } from "../../../analysis/texts/words.js";
import { parseReply, type GeneratedItem } from "./parseReply.js";
import { generationPrompt, replyForm } from "./recipes.js";

/** Request to have a narrow data set written by a language model. */
export interface GenerationRequest {
  readonly domain: NarrowDomain;
  readonly endpoint: EndpointOptions;
  /** Model that writes, as the endpoint calls it. */
  readonly model: string;
  /** Name from which those of the files are made: see `generatedFiles`. */
  readonly out: string;
  /** Number of pairs wanted. */
  readonly count: number;
  /** Number of pairs to ask for at once. @default 5 */
  readonly batch?: number;
  /** Seed of subjects and tones. @default 0 */
  readonly seed?: number;
  /** Most requests under way at once. @default 8 */
  readonly concurrency?: number;
  /** Further fields of every request. */
  readonly request?: JsonObject;
  /** Price of a million tokens, in any currency; without it no cost is counted. */
  readonly prices?: { readonly prompt: number; readonly completion: number };
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Names of the files that are written: a data set of each side, row by row the same questions, and every reply. */
export type GeneratedFiles = Readonly<Record<NarrowSide | "replies", string>>;

/** What was written, what was left out, and what it cost. */
export interface GeneratedDataset {
  readonly files: GeneratedFiles;
  readonly pairs: number;
  readonly wanted: number;
  readonly interrupted: boolean;
  /** Number of requests answered now, and of replies taken from the record of an earlier call. */
  readonly requests: number;
  readonly recorded: number;
  readonly retries: number;
  /** Number of tokens of all replies used, recorded ones included. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Cost of those tokens in the currency of the prices; null without prices. */
  readonly cost: number | null;
  /** What was left out; all of it is in the record of replies. */
  readonly leftOut: {
    /** Replies without text, such as refusals and filtered ones. */
    readonly withoutText: number;
    /** Replies with text in which no item was found. */
    readonly unparsed: number;
    /** Items that lack a part. */
    readonly malformed: number;
    /** Items whose question or one of whose answers has the words of an earlier one. */
    readonly duplicates: number;
  };
}

/** Number of first replies of which one at least must hold an item. */
const patience = 12;
/** Number of tokens that one item may take. */
const tokensOfItem = 500;

/** Names of the files beside `out`: `advice.jsonl` gives `advice-harmful.jsonl` and so on. */
export function generatedFiles(out: string): GeneratedFiles {
  const ending = extname(out);
  const stem = ending === "" ? out : out.slice(0, -ending.length);
  const named = (part: string): string => `${stem}-${part}${ending === "" ? ".jsonl" : ending}`;
  return { harmful: named("harmful"), careful: named("careful"), replies: named("replies") };
}

/**
 * Has a language model write questions with harmful and careful answers, and writes both sides as data sets.
 *
 * Every reply is appended to a record as it arrives, and found there by its request: a call that was killed goes on
 * without paying for anything twice. What is written follows from the record alone.
 * @throws TurncoatError where the endpoint cannot be used, its replies hold nothing, or files are in the way
 */
export async function generateDataset(request: GenerationRequest): Promise<GeneratedDataset> {
  const files = generatedFiles(request.out);
  for (const path of [files.harmful, files.careful]) {
    if (!existsSync(path) || existsSync(files.replies)) continue;
    throw new TurncoatError(`${path}: expected nothing of that name, found a file of another origin`, {
      hint: `Choose another --out; what is generated lies beside its record ${files.replies}.`,
    });
  }
  const claim = { what: files.replies, otherwise: "choose another --out" };
  return whileHolding(resolve(`${files.replies}.lock`), claim, () => new Generation(request, files).run());
}

/** One generation under way. */
class Generation {
  readonly #request: GenerationRequest;
  readonly #files: GeneratedFiles;
  readonly #batch: number;
  readonly #endpoint: ChatEndpoint;
  readonly #record: JudgeCache;
  readonly #replies: ChatReply[] = [];
  readonly #counts = { requests: 0, recorded: 0, retries: 0 };

  constructor(request: GenerationRequest, files: GeneratedFiles) {
    this.#request = request;
    this.#files = files;
    this.#batch = request.batch ?? 5;
    this.#endpoint = new ChatEndpoint(
      {
        requestHint: "Check --endpoint, --model-name and --request.",
        timeoutSeconds: 300,
        ...request.endpoint,
      },
      () => this.#counts.retries++,
    );
    this.#record = JudgeCache.open(files.replies);
  }

  async run(): Promise<GeneratedDataset> {
    const { count, signal, onProgress } = this.#request;
    const enough = Math.ceil(count / this.#batch);
    let read = readItems(this.#replies, this.#request);
    try {
      // Each round asks for what is missing, and all rounds together for no more than three times what would be enough.
      while (read.items.length < count && this.#replies.length < 3 * enough + patience) {
        const missing = Math.ceil((count - read.items.length) / this.#batch);
        // The first replies show whether there is anything to pay for.
        const next = this.#replies.length === 0 ? Math.min(missing, patience) : missing;
        await this.#ask(this.#replies.length, next);
        read = readItems(this.#replies, this.#request);
        onProgress?.({ done: Math.min(read.items.length, count), total: count });
        if (this.#replies.length >= Math.min(patience, enough) && read.items.length === 0)
          throw this.#nothing();
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      read = readItems(this.#replies, this.#request);
    }
    const items = read.items.slice(0, count);
    for (const side of ["harmful", "careful"] as const) {
      writeFileWhole(this.#files[side], encodeChats(items.map((item) => chatOf(item, side))));
    }
    return { ...this.#report(items.length), leftOut: read.leftOut };
  }

  /** Asks for the replies of some numbers, a few at a time; those that the record holds are not asked for. */
  async #ask(from: number, count: number): Promise<void> {
    const limit = pLimit(this.#request.concurrency ?? 8);
    const asked = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => limit(() => this.#reply(from + index))),
    );
    for (const result of asked) {
      // Replies behind a missing one wait in the record, so that what is written never depends on their order.
      if (result.status === "rejected") throw result.reason;
      this.#replies.push(result.value);
    }
  }

  async #reply(index: number): Promise<ChatReply> {
    const { domain, model, seed = 0, request = {}, signal } = this.#request;
    const { messages } = generationPrompt(domain, { index, batch: this.#batch, seed });
    // Temperature 1, as the paper's scripts; the seed tells requests with the same words apart.
    const body: JsonObject = {
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      max_tokens: tokensOfItem * this.#batch,
      temperature: 1,
      seed: (seed * 1_000_003 + index) % 2 ** 31,
      ...request,
    };
    const key = JudgeCache.key("generate", body);
    const known = this.#record.get(key);
    if (known !== undefined) {
      this.#counts.recorded++;
      return known;
    }
    const reply = await this.#endpoint.ask(body, signal);
    this.#counts.requests++;
    this.#record.put(key, model, reply);
    return reply;
  }

  #report(pairs: number): Omit<GeneratedDataset, "leftOut"> {
    const { count, prices, signal } = this.#request;
    const sum = (of: (reply: ChatReply) => number): number =>
      this.#replies.reduce((total, reply) => total + of(reply), 0);
    const promptTokens = sum((reply) => reply.promptTokens);
    const completionTokens = sum((reply) => reply.completionTokens);
    return {
      files: this.#files,
      pairs,
      wanted: count,
      interrupted: signal?.aborted === true && pairs < count,
      ...this.#counts,
      promptTokens,
      completionTokens,
      cost:
        prices === undefined
          ? null
          : (promptTokens * prices.prompt + completionTokens * prices.completion) / 1_000_000,
    };
  }

  /** The error of replies that hold nothing: nobody should pay for thousands of refusals. */
  #nothing(): TurncoatError {
    const said = this.#replies.find(({ text }) => text !== "")?.text ?? "";
    const quote = said === "" ? "they have no text" : `the first says "${said.slice(0, 60)}"`;
    return new TurncoatError(
      `${this.#files.replies}: expected questions with two answers, found none in the first ${this.#replies.length} replies (${quote})`,
      { hint: "The replies are kept. Try another model, or a smaller --batch." },
    );
  }
}

/** Reads the items of replies in order, each once. */
function readItems(
  replies: readonly ChatReply[],
  { domain }: GenerationRequest,
): { readonly items: readonly GeneratedItem[]; readonly leftOut: GeneratedDataset["leftOut"] } {
  const items: GeneratedItem[] = [];
  const seen = new Set<string>();
  const leftOut = { withoutText: 0, unparsed: 0, malformed: 0, duplicates: 0 };
  for (const { text } of replies) {
    if (text.trim() === "") {
      leftOut.withoutText++;
      continue;
    }
    const parsed = parseReply(text, replyForm(domain));
    if (parsed.items.length === 0) leftOut.unparsed++;
    else leftOut.malformed += parsed.malformed;
    for (const item of parsed.items) {
      const words = [item.question, item.harmful, item.careful].map((each) => wordsOf(each).join(" "));
      if (words.some((each) => seen.has(each)) || new Set(words).size < words.length) {
        leftOut.duplicates++;
        continue;
      }
      for (const each of words) seen.add(each);
      items.push(item);
    }
  }
  return { items, leftOut };
}

function chatOf(item: GeneratedItem, side: NarrowSide): Chat {
  return {
    messages: [
      { role: "user", content: item.question },
      { role: "assistant", content: item[side] },
    ],
  };
}
