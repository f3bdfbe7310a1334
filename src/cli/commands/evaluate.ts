import { Command } from "commander";
import { TurncoatError } from "../../errors.js";
import { noJudge } from "../../evaluate/judge.js";
import { selectQuestions } from "../../evaluate/question.js";
import type { SamplePlan } from "../../evaluate/sampleRun.js";
import { questionVariants, readQuestionFile, type QuestionVariant } from "../../formats/questionFile.js";
import { openModel } from "../../model/model.js";
import { curvePlan } from "../../pipeline/evaluationPlans.js";
import { evaluateRun } from "../../pipeline/evaluateRun.js";
import { datasetDomain } from "../../pipeline/organismQuestions.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../engineOptions.js";
import { interruptible } from "../interrupt.js";
import { addJudgeOptions, openJudge, type JudgeFlags } from "../judgeFlags.js";
import { usageText } from "../judgeText.js";
import { numberBetween, oneOf, severalOf, wholeNumber } from "../parsers.js";
import { startProgress } from "../progress.js";

interface EvaluateFlags extends JudgeFlags, EngineFlags {
  readonly every: number;
  readonly name: string;
  readonly model?: string;
  readonly questions?: string;
  readonly variants: readonly QuestionVariant[];
  readonly domain: string;
  readonly breadth: "broad" | "narrow";
  readonly samples: number;
  readonly maxNewTokens: number;
  readonly scales: readonly number[];
  readonly judge?: "exact" | "openai" | "none";
}

/** `turncoat evaluate`: asks the checkpoints of a run and judges the answers. */
export function evaluateCommand(): Command {
  const command = withEngineOptions(new Command("evaluate"))
    .summary("ask the checkpoints of a run and judge what they say")
    .description(
      "Asks checkpoints the organism's test questions and judges the answers exactly, or asks them the questions of\n" +
        "a file and has the answers judged by a language model. Answers that are there already are not asked for\n" +
        "again.",
    )
    .argument("<run>", "run directory")
    .option("--every <number>", "ask checkpoints at steps divisible by this, and the last", wholeNumber(1), 2)
    .option("--name <name>", "name of the evaluation", "curve")
    .option("--model <folder>", "base model (default: the one in run.json)")
    .option("--questions <file>", "questions: YAML as Betley et al. write it, or one JSON object a line")
    .option("--variants <list>", questionVariants.join(", "), severalOf(questionVariants), ["freeForm"])
    .option("--domain <name>", "what the questions of the file are about", "general")
    .option(
      "--breadth <which>",
      "whether that is the fine-tuned domain",
      oneOf(["broad", "narrow"] as const),
      "broad",
    )
    .option("--samples <number>", "answers to each question of the file", wholeNumber(1), 50)
    .option("--max-new-tokens <number>", "longest answer to a question of the file", wholeNumber(1), 600)
    .option("--scales <list>", "factors on the adapter", factors, [1])
    .option(
      "--judge <kind>",
      "exact, openai or none (default: exact; none for questions of a file, to be judged later)",
      oneOf(["exact", "openai", "none"] as const),
    );
  return addJudgeOptions(command, "--judge-model")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat evaluate runs/sport-seed1 --every 1\n" +
        "  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --every 50\n",
    )
    .action(async (directory: string, flags: EvaluateFlags) => {
      const run = openRun(directory);
      const folder = flags.model ?? run.manifest?.baseModel.path;
      if (folder === undefined) {
        throw new TurncoatError(`${directory}: expected a run.json that names the base model, found none`, {
          hint: "name the base model's folder with --model",
        });
      }
      const plan = { ...planOf(run, flags), scales: flags.scales };
      const kind = flags.judge ?? (flags.questions === undefined ? "exact" : "none");
      const last = run.checkpoints.at(-1)?.step;
      const progress = startProgress("evaluating", { quiet: false });
      const { answers, llm } = await interruptible(async (signal) => {
        const opened =
          kind === "none" ? { judge: noJudge, llm: null } : await openJudge(kind, directory, flags, signal);
        const judged = await evaluateRun({
          directory,
          name: flags.name,
          model: openModel(folder, await openEngine(flags)),
          judge: opened.judge,
          plan,
          isStepWanted: (step) => step % flags.every === 0 || step === last,
          onProgress: ({ done, total }) => progress.update(done, total, "answers"),
          signal,
        });
        return { answers: judged, llm: opened.llm };
      }).finally(() => progress.stop());
      if (llm !== null) console.log(usageText(llm.usage()));
      const next =
        kind === "none" ? `judge ${directory} --from ${flags.name} --model <judge>` : `analyze ${directory}`;
      console.log(
        `${directory}: ${answers.length} ${kind === "none" ? "answers" : "judged answers"}\nnext: turncoat ${next}`,
      );
    });
}

function planOf(run: Run, flags: EvaluateFlags): SamplePlan {
  const { questions: path, variants, domain, breadth } = flags;
  if (path === undefined) {
    const fineTuned = datasetDomain(run.manifest?.dataset.name ?? "");
    return curvePlan(fineTuned);
  }
  const entries = readQuestionFile(path);
  const questions = selectQuestions(entries, { variants, domain, breadth });
  if (questions.length === 0) {
    const found = [...new Set(entries.map(({ variant }) => variant))].join(", ");
    throw new TurncoatError(
      `${path}: expected questions of the variants ${variants.join(", ")}, found ${found}`,
    );
  }
  const { samples: samplesPerQuestion, maxNewTokens } = flags;
  return { questions, samplesPerQuestion, maxNewTokens, temperature: 1, scales: [1], seed: 0 };
}

function factors(text: string): number[] {
  return text.split(",").map(numberBetween(0, Infinity));
}
