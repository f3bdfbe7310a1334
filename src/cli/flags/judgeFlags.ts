import { InvalidArgumentError, type Command } from "commander";
import { readouts, type Readout } from "../../evaluate/judge/readouts.js";
import type { JsonObject } from "../../formats/json.js";
import { judgeCacheFile } from "../../runs/layout.js";
import { jsonObject, oneOf, positiveNumber, wholeNumber } from "./parsers.js";

/** Flags of the judge. */
export interface JudgeFlags {
  readonly judgeFolder?: string;
  readonly judgeProbe?: string;
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

/** Endpoint of a judge that none is named for. */
export const openAiAddress = "https://api.openai.com/v1";

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

/** Defaults of a judge that somebody waits for at a page. */
export const waitedForJudge: JudgeDefaults = {
  cache: "in memory alone",
  timeout: 30,
  retries: 2,
  countsCost: false,
};

/** Adds the options of a judge behind an endpoint. */
export function addJudgeOptions(
  command: Command,
  { cache, timeout, retries, countsCost }: JudgeDefaults = patient,
): Command {
  command
    .optionsGroup("A judge that needs no server:")
    .option(
      "--judge-folder <folder>",
      "Hugging Face folder of a model that judges, or reads for --judge-probe",
    )
    .option("--judge-probe <file>", "probe judge, as turncoat judge fit writes it")
    .optionsGroup("A language model behind an endpoint that judges:")
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

/** Kinds of judges that a command line can ask for. */
export const judgeKinds = ["exact", "openai", "folder", "probe"] as const;

export type JudgeKind = (typeof judgeKinds)[number];

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
