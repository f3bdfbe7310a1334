import { toJson } from "../../../analysis/toJson.js";
import { directionReport } from "../../../pipeline/interventions/directionReport.js";
import { openRun } from "../../../runs/openRun.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import type { JudgeFlags } from "../../flags/judgeFlags.js";
import { plannedQuestions } from "../../open/questions.js";
import type { QuestionFlags } from "../../flags/questionFlags.js";
import { interruptible } from "../../interrupt.js";
import { directionReportText } from "../../output/directions/directionReportText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";
import { openAsked } from "../interventions/intervene.js";
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

export async function report(directory: string, flags: ReportFlags): Promise<void> {
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
