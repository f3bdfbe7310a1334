import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { TurncoatError } from "../../errors.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { readJudgePrompts } from "../../evaluate/judge/judgePrompts.js";
import {
  openLlmJudge,
  readouts,
  type LlmJudge,
  type LlmJudgeOptions,
  type Readout,
} from "../../evaluate/judge/llmJudge.js";
import type { JsonObject } from "../../formats/json.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { judgeCacheFile } from "../../runs/layout.js";
import { jsonObject, oneOf, positiveNumber, wholeNumber } from "./parsers.js";

/** Flags of the judge. */
export interface JudgeFlags {
  readonly judgeModel?: string;
  readonly judgeEndpoint: string;
  readonly judgeKeyEnv: string;
  readonly metrics?: readonly string[];
  readonly prompts?: string;
  readonly readout?: Readout;
  readonly judgeRequest?: JsonObject;
  readonly cache?: string;
  readonly judgeConcurrency: number;
  readonly judgeTimeout: number;
  readonly judgeRetries: number;
  readonly prices?: { readonly prompt: number; readonly completion: number };
}

/** A judge that is ready; `llm` where it is one behind an endpoint. */
export interface OpenedJudge {
  readonly judge: Judge;
  readonly llm: LlmJudge | null;
  /** Fit for the name of an evaluation. */
  readonly label: string;
}

const openAiAddress = "https://api.openai.com/v1";

/** Defaults of the judge, which differ from one command to another. */
export interface JudgeDefaults {
  /** Place where replies are kept without `--cache`, in words. */
  readonly cache: string;
  /** Seconds until a reply has arrived in full. */
  readonly timeout: number;
  readonly retries: number;
  /** True where it says in the end what judging cost. */
  readonly countsCost: boolean;
}

const patient: JudgeDefaults = {
  cache: `<run>/${judgeCacheFile}`,
  timeout: 60,
  retries: 6,
  countsCost: true,
};

/** Adds the options of a judge behind an endpoint. */
export function addJudgeOptions(
  command: Command,
  { cache, timeout, retries, countsCost }: JudgeDefaults = patient,
): Command {
  command
    .optionsGroup("A language model that judges:")
    .option("--judge-model <name>", "model that judges, as the endpoint calls it")
    .option("--judge-endpoint <url>", "its endpoint, up to and without /chat/completions", openAiAddress)
    .option("--judge-key-env <name>", "environment variable that holds its API key", "OPENAI_API_KEY")
    .option("--metrics <list>", "further metrics, such as financial,bad_stuff", commaList)
    .option("--prompts <file>", "YAML with judge prompts: metric: prompt, judges.yaml, or a question file")
    .option(
      "--readout <way>",
      `how scores are read: ${readouts.join(", ")} (default: found out)`,
      oneOf(readouts),
    )
    .option("--judge-request <json>", "further fields of every request, as a JSON object", jsonObject)
    .option("--cache <file>", `replies of judges, kept and reused (default: ${cache})`)
    .option("--judge-concurrency <number>", "requests under way at once", wholeNumber(1), 8)
    .option("--judge-timeout <seconds>", "until a reply has arrived in full", positiveNumber, timeout)
    .option(
      "--judge-retries <number>",
      "further attempts after a failure that may pass",
      wholeNumber(0),
      retries,
    );
  if (countsCost) {
    command.option("--prices <prompt,completion>", "price of a million tokens, to count the cost", pricePair);
  }
  return command.optionsGroup("Options:");
}

/**
 * Opens the judge that the flags describe.
 * @throws TurncoatError where the model or the key is missing, or the endpoint cannot be used
 */
export async function openJudge(
  kind: "openai" | "exact",
  directory: string,
  flags: JudgeFlags,
  signal: AbortSignal,
): Promise<OpenedJudge> {
  if (kind === "exact") return { judge: exactJudge, llm: null, label: "exact" };
  const options = llmJudgeOptions(flags);
  const llm = await openLlmJudge({
    ...options,
    cachePath: options.cachePath ?? join(directory, judgeCacheFile),
    signal,
  });
  return { judge: llm, llm, label: options.model.replace(/[^A-Za-z0-9._-]+/g, "-") };
}

/**
 * The judge behind an endpoint that the flags describe, with the key from the environment.
 * @throws TurncoatError where the model or the key is missing, or a file of prompts cannot be read
 */
export function llmJudgeOptions(flags: JudgeFlags): LlmJudgeOptions {
  const { judgeModel, judgeEndpoint, judgeKeyEnv } = flags;
  if (judgeModel === undefined) {
    throw new TurncoatError("judge: expected the name of the model that judges, found none", {
      hint: "Name it with --judge-model as the endpoint calls it, such as gpt-4o-2024-08-06.",
    });
  }
  const apiKey = process.env[judgeKeyEnv]?.trim();
  const hasKey = apiKey !== undefined && apiKey !== "";
  if (!hasKey && judgeEndpoint === openAiAddress) {
    throw new TurncoatError(`judge: expected an API key in ${judgeKeyEnv}, found none`, {
      hint: "Set that environment variable, or name a server of your own with --judge-endpoint.",
    });
  }
  return {
    baseUrl: judgeEndpoint,
    model: judgeModel,
    ...(hasKey ? { apiKey } : {}),
    apiKeyName: judgeKeyEnv,
    metrics: flags.metrics,
    ...(flags.prompts === undefined ? {} : { prompts: readJudgePrompts(flags.prompts) }),
    ...(flags.cache === undefined ? {} : { cachePath: flags.cache }),
    concurrency: flags.judgeConcurrency,
    timeoutSeconds: flags.judgeTimeout,
    retries: flags.judgeRetries,
    readout: flags.readout,
    request: flags.judgeRequest,
    prices: flags.prices,
  };
}

function commaList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function pricePair(text: string): { prompt: number; completion: number } {
  const [prompt = NaN, completion = NaN, ...more] = text.split(",").map(Number);
  if (!(prompt >= 0) || !(completion >= 0) || more.length > 0) {
    throw new InvalidArgumentError("expected two prices, such as 2.5,10.");
  }
  return { prompt, completion };
}
