import type { Command } from "commander";
import { questionVariants, type QuestionVariant } from "../../formats/questions/questionVariants.js";
import { organismSets, type OrganismSet } from "../../pipeline/evaluation/organismSets.js";
import { judgeKinds, type JudgeKind } from "./judgeFlags.js";
import { numberBetween, oneOf, severalOf, wholeNumber } from "./parsers.js";

/** Flags of what is asked, how answers are drawn, and what kind of judge scores them. */
export interface QuestionFlags {
  readonly set: OrganismSet;
  readonly questions?: string;
  readonly variants: readonly QuestionVariant[];
  readonly domain: string;
  readonly breadth: "broad" | "narrow";
  readonly samples?: number;
  readonly temperature: number;
  readonly seed: number;
  readonly maxNewTokens?: number;
  readonly judge?: JudgeKind | "none";
}

/** Adds the options that choose questions, their sampling and the kind of judge. */
export function addQuestionOptions(command: Command): Command {
  return command
    .option(
      "--set <name>",
      "the organism's questions. test: the 192 of the test pool; eight: one of each domain",
      oneOf(organismSets),
      "test",
    )
    .option(
      "--questions <file>",
      "YAML as Betley et al. write it, or one JSON object a line, whose judge prompts are used; or broad-questions,\n" +
        "100 that ship with Turncoat",
    )
    .option("--variants <list>", questionVariants.join(", "), severalOf(questionVariants), ["freeForm"])
    .option("--domain <name>", "what the questions of the file are about", "general")
    .option(
      "--breadth <which>",
      "whether that is the fine-tuned domain",
      oneOf(["broad", "narrow"] as const),
      "broad",
    )
    .option(
      "--samples <number>",
      "answers to each question (default: test 1, eight 25, of a file as it says, else 50)",
      wholeNumber(1),
    )
    .option("--temperature <number>", "0 takes the most probable token", numberBetween(0, Infinity), 1)
    .option("--seed <number>", "of the random numbers", wholeNumber(0), 0)
    .option(
      "--max-new-tokens <number>",
      "longest answer (default: 600; the organism's answers end before 44)",
      wholeNumber(1),
    )
    .option(
      "--judge <kind>",
      `${judgeKinds.join(", ")} or none (default: by --judge-probe or --judge-folder, else exact; none for questions ` +
        "of a file, to be judged later)",
      oneOf([...judgeKinds, "none"] as const),
    );
}
