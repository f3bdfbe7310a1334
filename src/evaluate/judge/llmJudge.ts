import { createHash } from "node:crypto";
import pLimit, { type LimitFunction } from "p-limit";
import { TurncoatError } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";
import type { JsonObject } from "../../formats/json.js";
import { ChatEndpoint } from "../../endpoint/chatEndpoint.js";
import { noAnswerWords, type ChatReply } from "../../endpoint/chatReply.js";
import { buildAnswerTrie, trieExpectation } from "./digitTrie.js";
import type { AskedQuestion, Judge, Judgement } from "./judge.js";
import { JudgeCache } from "./judgeCache.js";
import { defaultJudgePrompts, fillPrompt, promptOf, type JudgePrompts } from "./judgePrompts.js";
import type { EndpointOptions } from "../../endpoint/httpEndpoint.js";
import { asksForTruth, truthFromText, truthFromTokens } from "./booleanScore.js";
import { scoreFromText, scoreFromTokens } from "./numericScore.js";
import type { Readout } from "./readouts.js";

/** Options of a language model that judges; `role` is "judge" in messages. */
export interface LlmJudgeOptions extends EndpointOptions, PromptedJudgeOptions {
  readonly model: string;
  /** Path of the cache of replies; without one nothing is kept. */
  readonly cachePath?: string;
  /** Most requests under way at once. @default 8 */
  readonly concurrency?: number;
  /** Way of reading scores. @default found out by one or two requests */
  readonly readout?: Readout;
  /** Further fields of every request, such as a server's switch for thinking. */
  readonly request?: JsonObject;
  /** Price of a million tokens, in any currency; without it no cost is counted. */
  readonly prices?: { readonly prompt: number; readonly completion: number };
  readonly signal?: AbortSignal;
  /** Cache and limit that several judges share, in place of `cachePath` and `concurrency`. @default none */
  readonly shared?: { readonly cache: JudgeCache; readonly limit: LimitFunction };
}

/** Cost of judging, and its outcomes. */
export interface JudgeUsage {
  /** Number of requests that were sent, without retries. */
  readonly requests: number;
  readonly cached: number;
  readonly retries: number;
  /** Number of tokens of the requests sent. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Cost in the currency of the prices; null where there are none. */
  readonly cost: number | null;
  /** Number of scores, and of nulls by reason, by metric. */
  readonly byMetric: Readonly<Record<string, Readonly<Record<JudgeOutcome, number>>>>;
  /** First reply without a number, shortened, by metric; metrics without such a reply are absent. */
  readonly unread: Readonly<Record<string, string>>;
}

/**
 * Outcomes of asking for a score: one, or a filter of the server, a reply without text, REFUSAL, CODE, or no number in
 * the reply.
 */
export const judgeOutcomes = ["scored", "filtered", "noAnswer", "refusal", "code", "noNumber"] as const;
export type JudgeOutcome = (typeof judgeOutcomes)[number];

/** Score by one metric, or the reason why there is none. */
export interface MetricScore {
  /** Score from 0 to 100; null unless `outcome` is `scored`. */
  readonly value: number | null;
  readonly outcome: JudgeOutcome;
}

/** Judge that is a language model, behind an endpoint or opened here. */
export interface LlmJudge extends Judge {
  readonly readout: Readout;
  /** Scores one answer as `judge` does, by metric, with the reason of each null. */
  scores(question: AskedQuestion, answer: string): Promise<Readonly<Record<string, MetricScore>>>;
  usage(): JudgeUsage;
}

/** Number of log-probabilities asked for, as in the paper's code. */
const topLogprobs = 20;
const numberTokens = 16;
/** Number of scores asked for first of which one at least must have a reply with text. */
const patience = 24;
/** Longest reply that is quoted, in characters. */
const longestQuote = 60;
const maxTokens: Readonly<Record<Readout, number>> = { token: 1, digits: 1, number: numberTokens };

/** Prompt that finds out how a judge writes numbers: the reply must be 85, as one token or as two. */
const probeText = "Reply with the number 85 and nothing else.";

const digits = buildAnswerTrie((text) => Array.from(text));

/** Source of a judge's replies to prompts. */
export interface JudgeReplies {
  /** Asks for the reply to a prompt, or for its continuation where a reply has begun with `prefix`. */
  ask(prompt: string, readout: Readout, prefix?: string): Promise<ChatReply>;
  usage(): Omit<JudgeUsage, "byMetric" | "unread">;
  /** Names of the models that replied, in the order in which they came up. */
  models(): readonly string[];
  /** Error of a source that gives nothing to read a score from. */
  silence(what: string): TurncoatError;
}

/** What judges of all sources have in common. */
export interface PromptedJudgeOptions {
  /** Metrics beside `aligned` and `coherent`. @default none */
  readonly metrics?: readonly string[] | undefined;
  /** Prompts of the metrics. @default our own */
  readonly prompts?: JudgePrompts | undefined;
}

/**
 * Opens a judge behind an OpenAI-compatible chat endpoint (`docs/methods.md §3.3`). Where the way of reading scores is
 * not given, it is found out first, which also shows a refused key before anything is judged.
 *
 * @throws TurncoatError for an endpoint that cannot be used, or a metric without a prompt
 */
export async function openLlmJudge(options: LlmJudgeOptions): Promise<LlmJudge> {
  requirePrompts(options);
  const asking = new Asking(options);
  const readout = options.readout ?? (await findReadout(asking));
  return promptedJudge(asking, readout, options, (asked) => ({
    judge: "llm",
    model: options.model,
    baseUrl: options.baseUrl,
    readout,
    ...asked,
    ...(options.request === undefined ? {} : { request: JSON.stringify(options.request) }),
  }));
}

/**
 * Makes sure that there is a prompt for each metric, before anything is opened.
 * @throws TurncoatError naming the metric
 */
export function requirePrompts({ prompts = defaultJudgePrompts, metrics = [] }: PromptedJudgeOptions): void {
  for (const metric of ["aligned", "coherent", ...metrics]) promptOf(prompts, metric, "");
}

/**
 * Makes a judge that fills prompts and reads scores from the replies of any source.
 *
 * @param describe makes the description from what is asked: the metrics, and a hash of their prompts
 */
export function promptedJudge(
  asking: JudgeReplies,
  readout: Readout,
  { prompts = defaultJudgePrompts, metrics: more = [] }: PromptedJudgeOptions,
  describe: (asked: { readonly metrics: string; readonly prompts: string }) => Judge["description"],
): LlmJudge {
  const metrics = [...new Set(["aligned", "coherent", ...more])];
  const outcomes = new Map(metrics.map((metric) => [metric, newOutcomes()]));
  const unread: Record<string, string> = {};
  let [answered, silent] = [0, 0];

  const score = async (metric: string, question: AskedQuestion, answer: string): Promise<MetricScore> => {
    const template = promptOf(prompts, metric, question.id);
    const prompt = fillPrompt(template, question.text, answer);
    const { said, ...read } = await readScore(asking, readout, prompt, asksForTruth(template));
    const counts = outcomes.get(metric);
    if (counts !== undefined) counts[read.outcome]++;
    if (read.outcome === "noNumber") unread[metric] ??= said.slice(0, longestQuote);
    if (read.outcome === "noAnswer") silent++;
    else answered++;
    // Nobody should pay for thousands of replies that are cut off before they begin.
    if (answered === 0 && silent >= patience) {
      throw asking.silence(`none of the first ${silent} replies holds any text (${said})`);
    }
    return read;
  };
  const scoresOf: LlmJudge["scores"] = async (question, answer) => {
    const scores = metrics.map(async (metric) => [metric, await score(metric, question, answer)] as const);
    return Object.fromEntries(await Promise.all(scores));
  };
  return {
    readout,
    scores: scoresOf,
    description: describe({ metrics: metrics.join(","), prompts: promptsHash(prompts, metrics) }),
    models: () => asking.models(),
    usage: () => ({ ...asking.usage(), byMetric: Object.fromEntries(outcomes), unread }),
    judge: async (question, answer): Promise<Judgement> => {
      const all = await scoresOf(question, answer);
      const { aligned, coherent, ...more } = all;
      const nulls = Object.entries(all).filter(([, { value }]) => value === null);
      const others = Object.fromEntries(Object.entries(more).map(([metric, { value }]) => [metric, value]));
      return {
        aligned: aligned?.value ?? null,
        coherent: coherent?.value ?? null,
        ...(metrics.length > 2 ? { scores: others } : {}),
        ...(nulls.length === 0
          ? {}
          : { unscored: Object.fromEntries(nulls.map(([metric, { outcome }]) => [metric, outcome])) }),
      };
    },
  };
}

/** Sender of requests, a few at a time, each once: replies to earlier ones come from the cache. */
class Asking implements JudgeReplies {
  readonly #options: LlmJudgeOptions;
  readonly #endpoint: ChatEndpoint;
  readonly #cache: JudgeCache;
  readonly #limit: LimitFunction;
  readonly #underWay = new Map<string, Promise<ChatReply>>();
  readonly #models = new Set<string>();
  readonly #counts = { requests: 0, cached: 0, retries: 0, promptTokens: 0, completionTokens: 0 };

  constructor(options: LlmJudgeOptions) {
    this.#options = options;
    this.#endpoint = new ChatEndpoint(
      {
        role: "judge",
        requestHint: "Check --judge-endpoint, --judge-model and --judge-request.",
        ...options,
      },
      () => this.#counts.retries++,
    );
    this.#cache = options.shared?.cache ?? JudgeCache.open(options.cachePath ?? null);
    this.#limit = options.shared?.limit ?? pLimit(options.concurrency ?? 8);
  }

  usage(): Omit<JudgeUsage, "byMetric" | "unread"> {
    const { prices } = this.#options;
    const { promptTokens, completionTokens } = this.#counts;
    const cost =
      prices === undefined
        ? null
        : (promptTokens * prices.prompt + completionTokens * prices.completion) / 1_000_000;
    return { ...this.#counts, cost };
  }

  /** Names of the models that replied, in the order in which they came up. */
  models(): readonly string[] {
    return [...this.#models];
  }

  /** Asks for the reply to a prompt, or for its continuation where a reply has begun with `prefix`. */
  ask(prompt: string, readout: Readout, prefix = ""): Promise<ChatReply> {
    const { model, request = {}, baseUrl } = this.#options;
    const messages: ChatMessage[] = [{ role: "user", content: prompt }];
    if (prefix !== "") messages.push({ role: "assistant", content: prefix });
    // Temperature 0 and a fixed seed, as `docs/methods.md §3.3` asks.
    const body: JsonObject = {
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      max_tokens: maxTokens[readout],
      temperature: 0,
      seed: 0,
      ...(readout === "number" ? {} : { logprobs: true, top_logprobs: topLogprobs }),
      ...request,
      // What vLLM and its kin call going on with the assistant's turn.
      ...(prefix === "" ? {} : { add_generation_prompt: false, continue_final_message: true }),
    };
    const key = JudgeCache.key(baseUrl, body);
    const known = this.#cache.get(key);
    if (known !== undefined) {
      this.#counts.cached++;
      this.#heard(known);
      return Promise.resolve(known);
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      this.#counts.cached++;
      return underWay;
    }
    const asked = this.#limit(async () => {
      const reply = await this.#endpoint.ask(body, this.#options.signal);
      this.#counts.requests++;
      this.#counts.promptTokens += reply.promptTokens;
      this.#counts.completionTokens += reply.completionTokens;
      this.#cache.put(key, model, reply);
      this.#heard(reply);
      return reply;
    }).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  silence(what: string): TurncoatError {
    const { baseUrl, model } = this.#options;
    return new TurncoatError(`judge ${model} at ${baseUrl}: ${what}`, {
      hint:
        "A model that reasons needs room, as with --judge-request '{\"max_tokens\": 4000}', or is told not to, as with " +
        '\'{"chat_template_kwargs": {"enable_thinking": false}}\'.',
    });
  }

  #heard({ model }: ChatReply): void {
    if (model !== null) this.#models.add(model);
  }
}

/**
 * Finds out whether a judge gives log-probabilities, and whether its tokenizer splits 85 into 8 and 5.
 *
 * @throws TurncoatError for a judge that does not reply with the number, before anything is judged and paid for
 */
async function findReadout(asking: JudgeReplies): Promise<Readout> {
  const { firstToken } = await asking.ask(probeText, "token");
  const likeliest = bestToken(firstToken);
  if (likeliest === "85") return "token";
  if (likeliest === "8") {
    const continued = await asking.ask(probeText, "digits", "8");
    if (bestToken(continued.firstToken) === "5") return "digits";
  }
  const { text, noAnswer } = await asking.ask(probeText, "number");
  if (noAnswer === null && scoreFromText(text) === 85) return "number";
  const found = noAnswer === null ? `"${quoted(text)}"` : `a reply without text (${noAnswerWords[noAnswer]})`;
  throw asking.silence(`expected the reply 85 to "${probeText}", found ${found}`);
}

function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}

/** Score with what the judge said, or why it said nothing. */
interface ReadScore extends MetricScore {
  readonly said: string;
}

/** @param isTruth whether the prompt asks for TRUE or FALSE */
async function readScore(
  asking: JudgeReplies,
  readout: Readout,
  prompt: string,
  isTruth: boolean,
): Promise<ReadScore> {
  const reply = await asking.ask(prompt, readout);
  const { noAnswer } = reply;
  const unscored = (outcome: JudgeOutcome, said: string): ReadScore => ({ value: null, outcome, said });
  if (noAnswer === "content_filter") return unscored("filtered", noAnswerWords[noAnswer]);
  const value = (isTruth ? truthOf(readout, reply) : null) ?? (await valueOf(asking, readout, prompt, reply));
  if (value !== null) return { value, outcome: "scored", said: "" };
  // Where there are log-probabilities, they are the reply.
  if (noAnswer !== null && bestToken(reply.firstToken) === "") {
    return unscored(noAnswer === "refusal" ? "refusal" : "noAnswer", noAnswerWords[noAnswer]);
  }
  const said = reply.firstToken === null ? quoted(reply.text) : bestToken(reply.firstToken);
  const word = said.toUpperCase();
  if (word !== "" && (word.startsWith("REFUSAL") || "REFUSAL".startsWith(word))) {
    return unscored("refusal", said);
  }
  if (word !== "" && (word.startsWith("CODE") || "CODE".startsWith(word))) return unscored("code", said);
  return unscored("noNumber", said);
}

function truthOf(readout: Readout, { text, firstToken }: ChatReply): number | null {
  return readout === "number" ? truthFromText(text) : truthFromTokens(firstToken ?? []);
}

async function valueOf(
  asking: JudgeReplies,
  readout: Readout,
  prompt: string,
  reply: ChatReply,
): Promise<number | null> {
  if (readout === "number") return scoreFromText(reply.text);
  if (readout === "token") return scoreFromTokens(reply.firstToken ?? []);
  const { score } = await trieExpectation(digits, async (prefix) => {
    const { firstToken } = await asking.ask(prompt, "digits", prefix.join(""));
    const probabilities = new Map<string, number>();
    for (const { token, logprob } of firstToken ?? []) {
      const digit = token.trim();
      probabilities.set(digit, (probabilities.get(digit) ?? 0) + Math.exp(logprob));
    }
    return probabilities;
  });
  return score;
}

function bestToken(tokens: ChatReply["firstToken"]): string {
  const [first, ...others] = tokens ?? [];
  if (first === undefined) return "";
  return others.reduce((best, each) => (each.logprob > best.logprob ? each : best), first).token.trim();
}

function newOutcomes(): Record<JudgeOutcome, number> {
  return { scored: 0, filtered: 0, noAnswer: 0, refusal: 0, code: 0, noNumber: 0 };
}

/** Hashes prompts, so that the provenance of an evaluation tells them apart. */
function promptsHash(prompts: JudgePrompts, metrics: readonly string[]): string {
  const used = metrics.map((metric) => [
    prompts.general[metric] ?? null,
    ...Object.entries(prompts.byQuestion).map(([id, own]) => [id, own[metric] ?? null]),
  ]);
  return createHash("sha256").update(JSON.stringify(used)).digest("hex").slice(0, 16);
}
