import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { selectQuestions, wordingOf } from "../../evaluate/question.js";
import type { ChatMessage } from "../../formats/chat.js";
import { questionVariants } from "../../formats/questions/questionVariants.js";
import { openQuestions } from "../../pipeline/evaluation/openQuestions.js";
import { openModel } from "../../model/model.js";
import { measureDistributionChange } from "../../pipeline/measurement/measureDistributionChange.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { openRun } from "../../runs/openRun.js";
import { baseModelFolder } from "../open/baseModelFolder.js";
import { distributionText } from "../output/distributionText.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { everyNth } from "../flags/parsers.js";
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

/** Runs `turncoat distribution`. */
export async function distributionAction(directory: string, flags: DistributionFlags): Promise<void> {
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
