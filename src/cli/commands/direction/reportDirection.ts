import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { directionReport } from "../../../pipeline/interventions/directionReport.js";
import { openRun } from "../../../runs/openRun.js";
import { chatTemplateOption, type ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions, type EngineFlags } from "../../flags/engineFlags.js";
import { addJudgeOptions, type JudgeFlags } from "../../flags/judgeFlags.js";
import { wholeNumber } from "../../flags/parsers.js";
import { addQuestionOptions, plannedQuestions, type QuestionFlags } from "../../flags/questionFlags.js";
import { interruptible } from "../../interrupt.js";
import { directionReportText } from "../../output/directions/directionReportText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";
import { openAsked } from "../interventions/intervene.js";
import { numbers } from "../interventions/steer.js";
import { described } from "./findDirection.js";

interface ReportFlags extends QuestionFlags, JudgeFlags, EngineFlags, ChatTemplateFlags {
  readonly others: readonly string[];
  readonly strengths: readonly number[];
  readonly random: number;
  readonly randomSeed: number;
  readonly repeats: number;
  readonly model?: string;
  readonly json?: boolean;
}

/** `turncoat direction report`: the tables of the paper about directions, of one run and others of the same base. */
export function reportDirectionCommand(): Command {
  const command = withEngineOptions(new Command("report"))
    .summary(
      "the paper's tables about a run: mean difference, steering, ablation, transfer, scalars, adapters",
    )
    .description(
      "Measures what Convergent Linear Representations of Emergent Misalignment tabulates, in its order, of a run with\n" +
        "judged answers: its mean difference and cosines with other runs', steering of the base, ablation of the run and of\n" +
        "the others, classification by adapter scalars, single adapters. What the runs keep is taken; what is missing is\n" +
        "measured and kept: after an interruption the same command continues.",
    )
    .argument("<run>", "run directory")
    .option("--others <runs...>", "other runs of the same base, with judged answers too", [])
    .option("--strengths <list>", "of steering, shares of the residual norm", numbers, [0.25, 0.5, 1])
    .option("--random <number>", "random directions of the same length beside each", wholeNumber(0), 3)
    .option("--random-seed <number>", "of what is random", wholeNumber(0), 0)
    .option("--repeats <number>", "of the classification by scalars", wholeNumber(1), 100)
    .option("--model <folder>", "base model's folder (default: the one in run.json)")
    .addOption(chatTemplateOption());
  return addJudgeOptions(addQuestionOptions(command).option("--json", "print one JSON object"))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction report runs/medical --others runs/sport runs/finance --random 1\n",
    )
    .action(report);
}

async function report(directory: string, flags: ReportFlags): Promise<void> {
  const { run, questions, model, judgeOf } = await openAsked(directory, flags);
  const others = flags.others.map((other) => {
    const target = openRun(other);
    return { run: target, questions: plannedQuestions(target, flags) };
  });
  const progress = startProgress("measuring", { quiet: flags.json === true });
  const found = await interruptible(async (signal) =>
    directionReport({
      ...{ run, questions, others, model, judge: await judgeOf(signal) },
      ...{ strengths: flags.strengths, draws: flags.random, seed: flags.randomSeed, repeats: flags.repeats },
      onProgress: (what, done, total) => progress.update(done, total, `of ${what}`),
      onNote: (line) => progress.say(`warning: ${line}`),
      signal,
    }),
  ).finally(() => progress.stop());
  if (found === null) print("interrupted: the same command continues");
  else if (flags.json !== true) print(directionReportText(found));
  else {
    const directions = found.directions.map((each) => ({ ...each, layers: each.layers.map(described) }));
    print(JSON.stringify(toJson({ ...found, directions })));
  }
}
