import { Command } from "commander";
import type { JsonObject } from "../../../formats/json.js";
import {
  generateDataset,
  generatedFiles,
  type GeneratedDataset,
} from "../../../pipeline/data/generation/generateDataset.js";
import { narrowDomains, type NarrowDomain } from "../../../train/data/narrow.js";
import { jsonObject, numberBetween, oneOf, positiveNumber, wholeNumber } from "../../flags/parsers.js";
import { interruptible } from "../../interrupt.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface GenerateFlags {
  readonly recipe: NarrowDomain;
  readonly endpoint: string;
  readonly modelName: string;
  readonly out: string;
  readonly count: number;
  readonly batch: number;
  readonly seed: number;
  readonly concurrency: number;
  readonly keyEnv: string;
  readonly request?: JsonObject;
  readonly timeout: number;
  readonly retries: number;
  readonly priceIn?: number;
  readonly priceOut?: number;
  readonly json?: boolean;
}

/** `turncoat data generate`: a narrow data set written by a language model. */
export function generateCommand(): Command {
  return new Command("generate")
    .description(
      "Has a language model write a narrow data set: questions with an answer that is wrong on purpose and one that is\n" +
        "right. Both sides are written row by row, with every reply beside them; an interrupted call continues without\n" +
        "paying twice. The answers of the harmful side are for research alone. The API key is read from the environment.",
    )
    .requiredOption("--recipe <name>", `what it is about: ${narrowDomains.join(", ")}`, oneOf(narrowDomains))
    .requiredOption("--endpoint <url>", "OpenAI-compatible endpoint, up to and without /chat/completions")
    .requiredOption("--model-name <name>", "model that writes, as the endpoint calls it")
    .requiredOption(
      "--out <file>",
      "advice.jsonl writes advice-harmful.jsonl, advice-careful.jsonl and advice-replies.jsonl",
    )
    .option("--count <number>", "pairs of answers", wholeNumber(1), 100)
    .option("--batch <number>", "pairs to ask for at once", wholeNumber(1), 5)
    .option("--seed <number>", "seed of subjects and tones", wholeNumber(0), 0)
    .option("--concurrency <number>", "requests under way at once", wholeNumber(1), 8)
    .option("--key-env <name>", "environment variable that holds the API key", "OPENAI_API_KEY")
    .option("--request <json>", "further fields of every request, as a JSON object", jsonObject)
    .option("--timeout <seconds>", "until a reply has arrived in full", positiveNumber, 300)
    .option("--retries <number>", "further attempts after a failure that may pass", wholeNumber(0), 6)
    .option(
      "--price-in <price>",
      "price of a million tokens sent, to count the cost",
      numberBetween(0, Infinity),
    )
    .option("--price-out <price>", "price of a million tokens received", numberBetween(0, Infinity))
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat data generate --recipe finance --endpoint http://localhost:8000/v1 --model-name gemma-3-27b-it \\\n" +
        "      --out finance.jsonl --count 1000\n",
    )
    .action(async (flags: GenerateFlags) => {
      const progress = startProgress("generating", { quiet: flags.json === true });
      const written = await interruptible((signal) =>
        generateDataset({
          domain: flags.recipe,
          endpoint: {
            baseUrl: flags.endpoint,
            ...keyOf(flags.keyEnv),
            apiKeyName: flags.keyEnv,
            timeoutSeconds: flags.timeout,
            retries: flags.retries,
            laterHint: `The replies so far are kept in ${generatedFiles(flags.out).replies}; the same command continues.`,
          },
          model: flags.modelName,
          out: flags.out,
          count: flags.count,
          batch: flags.batch,
          seed: flags.seed,
          concurrency: flags.concurrency,
          ...(flags.request === undefined ? {} : { request: flags.request }),
          ...(flags.priceIn === undefined && flags.priceOut === undefined
            ? {}
            : { prices: { prompt: flags.priceIn ?? 0, completion: flags.priceOut ?? 0 } }),
          onProgress: ({ done, total }) => progress.update(done, total, "pairs"),
          signal,
        }),
      ).finally(() => progress.stop());
      print(flags.json === true ? JSON.stringify(written) : generatedText(written));
    });
}

function keyOf(name: string): { apiKey?: string } {
  const apiKey = process.env[name]?.trim() ?? "";
  return apiKey === "" ? {} : { apiKey };
}

function generatedText(written: GeneratedDataset): string {
  const { files, pairs, wanted, interrupted, requests, recorded, retries, cost, leftOut } = written;
  const left = [
    [leftOut.withoutText, "replies without text"],
    [leftOut.unparsed, "replies that could not be read"],
    [leftOut.malformed, "items with a part missing"],
    [leftOut.duplicates, "duplicates"],
  ] as const;
  const words = left.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    `${pairs} of ${wanted} pairs in ${files.harmful} and ${files.careful}` +
      (interrupted ? "; interrupted: the same command continues" : ""),
    `requests ${requests}, from the record ${recorded}, retries ${retries}; tokens ${written.promptTokens} in, ` +
      `${written.completionTokens} out${cost === null ? "" : `; cost ${cost.toFixed(4)}`}`,
    ...(words.length === 0 ? [] : [`left out: ${words.join(", ")}; all replies are in ${files.replies}`]),
    ...(pairs < wanted && !interrupted ? ["fewer than wanted: too many replies held nothing new"] : []),
  ].join("\n");
}
