import type { Command } from "commander";
import { editedTokenKinds } from "../../../model/generation/editedTokens.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { addJudgeOptions } from "../../flags/judgeFlags.js";
import { oneOf, wholeNumber } from "../../flags/parsers.js";
import { addQuestionOptions } from "../../flags/questionFlags.js";

/**
 * Adds the options that all interventions share.
 * @param twins random baseline in words
 */
export function withInterventionOptions(
  command: Command,
  twins = "random directions of the same length beside each",
): Command {
  const own = withEngineOptions(command)
    .option("--random <number>", twins, wholeNumber(0), 3)
    .option("--random-seed <number>", "of what is random", wholeNumber(0), 0)
    .option("--name <name>", "name under which answers are kept (default: made of what is done)")
    .option("--model <folder>", "base model's folder (default: the one in run.json)")
    .addOption(chatTemplateOption());
  return addJudgeOptions(
    addQuestionOptions(own)
      .option("--html <file>", "write figures and sentences as one HTML file that opens offline")
      .option("--json", "print one JSON object"),
  );
}

/** Adds the option that says which tokens are edited. */
export function withTokensOption(command: Command): Command {
  return command.option(
    "--tokens <which>",
    "tokens whose residual stream changes: all, or those of the answer",
    oneOf(editedTokenKinds),
    "all",
  );
}
