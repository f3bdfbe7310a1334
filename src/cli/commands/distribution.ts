import { Command } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { selectQuestions, wordingOf } from "../../evaluate/question.js";
import type { ChatMessage } from "../../formats/chat.js";
import { questionVariants } from "../../formats/questionFile.js";
import { openQuestions } from "../../pipeline/evaluation/openQuestions.js";
import { openModel } from "../../model/model.js";
import { measureDistributionChange } from "../../pipeline/measurement/measureDistributionChange.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { changeFile } from "../../runs/layout.js";
import { openRun } from "../../runs/openRun.js";
import { baseModelFolder } from "../flags/baseModelFolder.js";
import { distributionText } from "../output/distributionText.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { everyNth, numberBetween, positiveNumber, wholeNumber } from "../flags/parsers.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface DistributionFlags extends EngineFlags, ChatTemplateFlags {
  readonly evaluation?: string;
  readonly scale?: number;
  readonly window?: number;
  readonly every: number;
  readonly questions?: string;
  readonly model?: string;
  readonly resamples: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `turncoat distribution`: how the distribution of answers changes along a run, and what of that a judge sees. */
export function distributionCommand(): Command {
  return withEngineOptions(new Command("distribution"))
    .summary("how much the distribution of answers changes along training, and how much of it a judge sees")
    .description(
      "Compares the answers of neighbouring windows of checkpoints by how probable the checkpoints find them (total\n" +
        "variation and Jensen–Shannon divergence, 2508.20015), says where they change most, and what share of the change\n" +
        "each judged property explains. Uses the answers that `turncoat evaluate` sampled; samples none itself. The\n" +
        `result is kept in <run>/${changeFile}, where analyses and pages find it.`,
    )
    .argument("<run>", "run directory")
    .option("--evaluation <name>", "whose answers to compare (default: those behaviour is taken from)")
    .option("--scale <number>", "factor on the adapter (default: 1)", numberBetween(0, Infinity))
    .option(
      "--window <steps>",
      "length of a window (default: twice the widest distance of checkpoints)",
      positiveNumber,
    )
    .addOption(chatTemplateOption())
    .option("--every <number>", "use checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--questions <file>", "the questions asked, where they have system turns or paraphrases")
    .option("--model <folder>", "base model (default: the one in run.json)")
    .option("--resamples <number>", "resamples of the questions", wholeNumber(100), 1000)
    .option("--seed <number>", "seed of the resamples", wholeNumber(0), 0)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat distribution runs/demo\n  $ turncoat analyze runs/demo\n")
    .action(async (directory: string, flags: DistributionFlags) => {
      const run = openRun(directory);
      const model = openModel(baseModelFolder(run, flags.model), await openEngine(flags), {
        chatTemplate: chatTemplateOf(flags, run.manifest),
      });
      const last = run.checkpoints.at(-1)?.step;
      const progress = startProgress("scoring", { quiet: flags.json === true });
      const { questions, every, evaluation, scale, window, resamples, seed } = flags;
      const result = await interruptible((signal) =>
        measureDistributionChange({
          run: directory,
          model,
          evaluation,
          scale,
          ...(window === undefined ? {} : { window }),
          resamples,
          seed,
          isStepWanted: everyNth(every, last),
          ...(questions === undefined ? {} : { promptOf: promptsOf(questions) }),
          onProgress: ({ done, total }) => progress.update(done, total, "answers"),
          signal,
        }),
      ).finally(() => progress.stop());
      print(flags.json === true ? JSON.stringify(toJson(result)) : distributionText(result));
    });
}

/** The conversation that an answer was asked with, from the file of questions. */
function promptsOf(source: string): (answer: JudgedAnswer) => readonly ChatMessage[] {
  const { entries } = openQuestions(source);
  const questions = new Map(
    selectQuestions(entries, { variants: questionVariants }).map((question) => [question.id, question]),
  );
  return ({ questionId, sample }) => {
    const question = questions.get(questionId);
    if (question === undefined)
      throw new TurncoatError(
        `${source}: expected the question ${questionId}, which was answered, found none`,
      );
    return wordingOf(question, sample);
  };
}
