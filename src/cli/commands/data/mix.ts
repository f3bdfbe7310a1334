import { Command } from "commander";
import { numberBetween, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat data mix`: one data set made of several. */
export function mixCommand(): Command {
  return new Command("mix")
    .description(
      "Writes one data set made of several, as JSON lines in random order. Files are mixed by weight; without weights, all\n" +
        "their rows are taken. With --harmful and --careful, two answers to the same questions are mixed by dose: that many\n" +
        "per cent of the conversations are harmful, and no question stands on both sides.",
    )
    .argument("[data...]", "files or built-in data sets, each with :weight if wanted")
    .requiredOption("--out <file>", "file to write")
    .option("--harmful <data>", "file or built-in data set with harmful answers")
    .option("--careful <data>", "the same questions with careful answers")
    .option("--dose <percent>", "percentage of harmful conversations", numberBetween(0, 100))
    .option(
      "--match-length <characters>",
      "take only pairs whose answers differ by at most this many characters",
      wholeNumber(0),
    )
    .option("--share-questions", "let a question stand on both sides")
    .option("--rows <number>", "conversations to write (default: as many as there can be)", wholeNumber(1))
    .option("--seed <number>", "seed of the draw", wholeNumber(0), 0)
    .option("--overwrite", "replace the file that is there")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat data mix --out mixed.jsonl advice.jsonl:3 chats.jsonl:1 --rows 4000\n" +
        "  $ turncoat data mix --out dose25.jsonl --harmful bad.jsonl --careful good.jsonl --dose 25 --match-length 20\n",
    )
    .action(lazily(async () => (await import("../../actions/data/mix.js")).mixAction));
}
