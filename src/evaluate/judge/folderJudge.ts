import { basename } from "node:path";
import pLimit from "p-limit";
import type { ChatReply, TokenLogprob } from "../../endpoint/chatReply.js";
import { TurncoatError } from "../../errors.js";
import { sha256OfModelSettings, sha256OfModelWeights } from "../../formats/modelWeights.js";
import { readPrompt, type ReadPrompt } from "../../model/generation/promptContinuations.js";
import type { Model } from "../../model/model.js";
import { buildAnswerTrie, trieDistribution, type AnswerTrie } from "./digitTrie.js";
import { JudgeCache } from "./judgeCache.js";
import { promptedJudge, requirePrompts, type LlmJudge, type PromptedJudgeOptions } from "./llmJudge.js";

/** Options of a language model that is opened here and judges. */
export interface FolderJudgeOptions extends PromptedJudgeOptions {
  readonly model: Model;
  /** Path of the cache of replies; without one they are kept in memory. */
  readonly cachePath?: string;
  /** Most replies held in memory. @default all */
  readonly mostKept?: number;
  readonly signal?: AbortSignal;
}

/** Number of tokens beside numbers that a reply lists, as an endpoint is asked for. */
const otherTokens = 20;
/** Probability below which the continuation of a number is not followed. */
const negligible = 1e-3;

/**
 * Opens a judge that is a language model from a Hugging Face folder, without a server. It reads the same prompts as a
 * judge behind an endpoint, and its score is the same expectation over the numbers 0 to 100. Each number's probability
 * is the product over its tokens, from forward passes that go on from one reading of the prompt (`docs/methods.md §3.3`).
 *
 * @throws TurncoatError for a model without a chat template, or a metric without a prompt
 */
export function openFolderJudge(options: FolderJudgeOptions): LlmJudge {
  const { model, signal } = options;
  requirePrompts(options);
  model.tokenizer.requireTemplate();
  const name = basename(model.folder);
  const sha256 = sha256OfModelWeights(model.folder);
  const identity = {
    model: name,
    modelSha256: sha256,
    settingsSha256: sha256OfModelSettings(model.folder),
    ...(model.chatTemplate === undefined ? {} : { chatTemplate: model.chatTemplate.text }),
  };
  const cache = JudgeCache.open(options.cachePath ?? null, options.mostKept);
  const trie = numberTrie(model);
  // One prompt at a time: each uses all threads.
  const limit = pLimit(1);
  const underWay = new Map<string, Promise<ChatReply>>();
  const counts = { requests: 0, cached: 0, retries: 0, promptTokens: 0, completionTokens: 0, cost: null };
  return promptedJudge(
    {
      ask: (prompt) => {
        const key = JudgeCache.key("folder", { ...identity, prompt, numbers: "trie 1" });
        const known = cache.get(key) ?? underWay.get(key);
        if (known !== undefined) {
          counts.cached++;
          return Promise.resolve(known);
        }
        const asked = limit(async () => {
          signal?.throwIfAborted();
          const ids = model.tokenizer.encodePrompt([{ role: "user", content: prompt }]);
          const reply = await replyTo(model, trie, ids);
          counts.requests++;
          counts.promptTokens += ids.length;
          cache.put(key, name, reply);
          return reply;
        }).finally(() => underWay.delete(key));
        underWay.set(key, asked);
        return asked;
      },
      usage: () => counts,
      models: () => [],
      silence: (what) => new TurncoatError(`judge ${model.folder}: ${what}`),
    },
    // The reply lists whole numbers, however the tokenizer splits them.
    "token",
    options,
    (asked) => ({
      judge: "folder",
      model: name,
      modelSha256: sha256,
      ...(model.chatTemplate === undefined ? {} : { chatTemplate: model.chatTemplate.name }),
      ...asked,
    }),
  );
}

/**
 * The tokens of the numbers as they stand at the beginning of a reply, where they may merge with what is before.
 * @throws TurncoatError for a tokenizer that cannot write them, each in its own way
 */
function numberTrie({ tokenizer, folder }: Model): AnswerTrie<number> {
  const before = tokenizer.render([{ role: "user", content: "?" }], { addGenerationPrompt: true });
  const beforeIds = tokenizer.encode(before);
  const known = new Set([""]);
  return buildAnswerTrie((text) => {
    const whole = tokenizer.encode(`${before}${text}`);
    const isContinued = beforeIds.every((id, place) => whole[place] === id);
    const ids = isContinued ? whole.slice(beforeIds.length) : tokenizer.encode(text);
    if (known.has(ids.join())) {
      throw new TurncoatError(
        `${folder}: expected a tokenizer that writes the numbers 0 to 100, found none for ${text}`,
        {
          hint: "A judge answers with a number: take another model.",
        },
      );
    }
    known.add(ids.join());
    return ids;
  });
}

/** Reply as an endpoint would give it, whose first tokens are whole numbers, and the likeliest of the others. */
async function replyTo(model: Model, trie: AnswerTrie<number>, ids: readonly number[]): Promise<ChatReply> {
  const read = await readPrompt(model, ids);
  const known = await followed(read, trie);
  const { probabilities } = await trieDistribution(
    trie,
    (prefix) => Promise.resolve(known.get(prefix.join()) ?? new Map<number, number>()),
    { negligible },
  );
  const logProbability = (probability: number): number => Math.log(Math.max(probability, 1e-30));
  const numbers = [...probabilities].map(([value, probability]): TokenLogprob => ({
    token: String(value),
    logprob: logProbability(probability),
  }));
  const others = likeliest(read.next, otherTokens + trie.children.size)
    .filter((id) => !trie.children.has(id))
    .slice(0, otherTokens)
    .map((id): TokenLogprob => ({
      token: model.tokenizer.decode([id]),
      logprob: logProbability(read.next[id] ?? 0),
    }));
  const firstToken = [...numbers, ...others].sort((one, other) => other.logprob - one.logprob);
  return {
    text: firstToken[0]?.token ?? "",
    firstToken,
    noAnswer: null,
    model: null,
    promptTokens: ids.length,
    completionTokens: 0,
  };
}

/** Probabilities of the trie's tokens after every prefix that is likely enough, by the prefix's ids. */
async function followed(
  read: ReadPrompt,
  trie: AnswerTrie<number>,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const known = new Map<string, ReadonlyMap<number, number>>();
  let level: { prefix: readonly number[]; node: AnswerTrie<number>; reach: number }[] = [
    { prefix: [], node: trie, reach: 1 },
  ];
  while (level.length > 0) {
    const [first] = level;
    const next =
      first?.prefix.length === 0 ? [read.next] : await read.after(level.map(({ prefix }) => prefix));
    const deeper: typeof level = [];
    for (const [place, { prefix, node, reach }] of level.entries()) {
      const probabilities = new Map(
        [...node.children.keys()].map((token) => [token, next[place]?.[token] ?? 0] as const),
      );
      known.set(prefix.join(), probabilities);
      for (const [token, child] of node.children) {
        const through = reach * (probabilities.get(token) ?? 0);
        if (child.children.size === 0 || through < negligible) continue;
        deeper.push({ prefix: [...prefix, token], node: child, reach: through });
      }
    }
    level = deeper;
  }
  return known;
}

/** Indices of the largest values, the largest first. */
function likeliest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (const [index, value] of values.entries()) {
    if (best.length === count && value <= (values[best.at(-1) ?? 0] ?? 0)) continue;
    const place = best.findIndex((each) => (values[each] ?? 0) < value);
    best.splice(place === -1 ? best.length : place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}
