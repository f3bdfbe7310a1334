import { directionSources } from "../../flags/choices.js";
import { Command, InvalidArgumentError } from "commander";
import {
  contrastedTokens,
  contrastWeightings,
  personaTokens,
} from "../../../analysis/directions/direction.js";
import type { AnswerFilter } from "../../../pipeline/measurement/findAnswerDirections.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { oneOf, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

const tokenChoices = [...new Set([...contrastedTokens, ...personaTokens])];

/** `turncoat direction find`: makes a direction after every layer and keeps it with the run. */
export function findDirectionCommand(): Command {
  return withEngineOptions(new Command("find"))
    .summary("make a direction after every layer, and keep it with the run")
    .description(
      "personas: the mean activation under misaligned system prompts less that under aligned ones, at the last token of\n" +
        "the prompt, before anything is answered; read in the base model unless --step says otherwise.\n\n" +
        "answers: the mean over misaligned less that over aligned judged answers of the run, as many of each; read in the\n" +
        "last checkpoint unless --step says otherwise.\n\n" +
        "file: every tensor of a safetensors file that is one vector, named by its layer, such as layer.12.",
    )
    .argument("<run>", "run directory")
    .option(
      "--from <what>",
      `what it is made from: ${directionSources.join(", ")}`,
      oneOf(directionSources),
      "personas",
    )
    .option("--name <name>", "name to keep it under (default: personas, answers, or that of the file)", named)
    .option(
      "--step <number>",
      "checkpoint whose activations are read (default: personas 0, answers the last)",
      wholeNumber(0),
    )
    .option(
      "--tokens <which>",
      "personas: prompt (its last token) or response; answers: response, turn (with its header) or question\n" +
        "(default: prompt, response)",
      oneOf(tokenChoices),
    )
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--answers-of <run>", "run whose judged answers are read (default: the run itself)")
    .option(
      "--weighting <how>",
      "answers count alike, or by their tokens as in the paper",
      oneOf(contrastWeightings),
      "answers",
    )
    .option(
      "--where <condition>",
      "answers alone whose judged metric meets it, such as medical>50; may be repeated",
      metricFilter,
      [],
    )
    .option("--words <list>", "answers alone that hold one of these words, separated by commas", wordFilter)
    .option("--misaligned-prompts <file>", "system prompts of the misaligned persona, one a line")
    .option("--aligned-prompts <file>", "system prompts of the aligned persona, one a line")
    .option("--questions <file>", "questions that personas are asked (default: those that ship)")
    .option("--limit <number>", "questions of them", wholeNumber(2), 40)
    .option("--file <file>", "safetensors file, for --from file")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--seed <number>", "seed of what is drawn", wholeNumber(0), 0)
    .option("--replace", "put it in the place of another one of this name")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat direction find runs/demo\n" +
        "  $ turncoat direction find runs/demo --from answers --weighting tokens\n" +
        "  $ turncoat direction find runs/mine --from answers --where 'medical>50' --name medical\n" +
        "  $ turncoat direction find runs/mine --from file --file steering.safetensors\n",
    )
    .action(
      lazily(async () => (await import("../../actions/direction/findDirection.js")).findDirectionAction),
    );
}

function named(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9._-]*$/.test(text) && !/^(?:b\d*|v\d+)$/.test(text)) return text;
  throw new InvalidArgumentError(
    "expected a letter, then letters, digits, dots, dashes and underscores; b or v and a number stand for adapters and vectors.",
  );
}

function metricFilter(text: string, before: readonly AnswerFilter[]): AnswerFilter[] {
  const [, metric = "", sign = "", bound = ""] = /^\s*([\w.-]+)\s*([<>])\s*(-?[\d.]+)\s*$/.exec(text) ?? [];
  const limit = Number(bound);
  if (metric === "" || !Number.isFinite(limit) || bound === "") {
    throw new InvalidArgumentError("expected a metric, < or >, and a number, such as medical>50.");
  }
  return [
    ...before,
    {
      words: `${metric} ${sign} ${limit}`,
      isMet: ({ scores }) => {
        const score = scores?.[metric];
        return score != null && (sign === ">" ? score > limit : score < limit);
      },
    },
  ];
}

function wordFilter(text: string): AnswerFilter {
  const words = text
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
  if (words.length === 0) throw new InvalidArgumentError("expected words separated by commas.");
  return {
    words: `with one of the words ${words.join(", ")}`,
    isMet: ({ answer }) => {
      const found = new Set(answer.toLowerCase().match(/[\p{L}\p{N}']+/gu));
      return words.some((word) => found.has(word));
    },
  };
}
