import { Command } from "commander";
import { narrowDomains } from "../../../train/data/narrowDomains.js";
import { jsonObject, numberBetween, oneOf, positiveNumber, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

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
    .action(lazily(async () => (await import("../../actions/data/generate.js")).generateAction));
}
