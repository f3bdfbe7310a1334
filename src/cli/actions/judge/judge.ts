import { usualScaleOf } from "../../../analysis/behavior/behaviorCurve.js";
import { judgeAgreement } from "../../../analysis/behavior/judgeAgreement.js";
import { ratesReport } from "../../../analysis/behavior/ratesReport.js";
import { toJson } from "../../../analysis/toJson.js";
import type { LlmJudge } from "../../../evaluate/judge/llmJudge.js";
import { nullAlignmentOf } from "../../../pipeline/evaluation/curveEvaluation.js";
import { rejudgeRun, sampledEvaluation, type RejudgedRun } from "../../../pipeline/evaluation/rejudgeRun.js";
import { readEvaluations } from "../../../runs/evaluations.js";
import { interruptible } from "../../interrupt.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { judgeKindOf, openJudge } from "../../open/judge.js";
import type { JudgeFlags, JudgeKind } from "../../flags/judgeFlags.js";
import { agreementText, usageText } from "../../output/judgeText.js";
import { everyNth } from "../../flags/parsers.js";
import { startProgress } from "../../output/progress.js";
import { ratesText, type RatesArm } from "../../output/ratesText.js";
import { print } from "../../output/terminal.js";

interface RejudgeFlags extends JudgeFlags, EngineFlags {
  readonly judge?: JudgeKind;
  readonly evaluation?: string;
  readonly as?: string;
  readonly every: number;
  readonly json?: boolean;
}

/** Runs `turncoat judge`. */
export async function judgeAction(directory: string, flags: RejudgeFlags): Promise<void> {
  const from = flags.evaluation ?? sampledEvaluation(directory);
  const last = Math.max(...stepsOf(directory, from));
  const progress = startProgress("judging", { quiet: flags.json === true });
  const { result, judge, name } = await interruptible(async (signal) => {
    const opened = await openJudge(
      judgeKindOf<never>(flags, flags.judge, "openai"),
      directory,
      flags,
      signal,
    );
    const target = flags.as ?? `${from}-${opened.label}`;
    const rejudged = await rejudgeRun({
      run: directory,
      from,
      name: target,
      judge: opened.judge,
      isStepWanted: everyNth(flags.every, last),
      onNote: (line) => progress.say(`warning: ${line}`),
      onProgress: ({ done, total }) => progress.update(done, total, "answers"),
      signal,
    });
    return { result: rejudged, judge: opened.llm, name: target };
  }).finally(() => progress.stop());
  report(directory, { from, name, result, judge, json: flags.json === true });
}

function report(
  directory: string,
  done: {
    readonly from: string;
    readonly name: string;
    readonly result: RejudgedRun;
    readonly judge: LlmJudge | null;
    readonly json: boolean;
  },
): void {
  const { from, name, result, judge } = done;
  const agreement = judgeAgreement(result.pairs);
  const usage = judge?.usage() ?? null;
  const scale = usualScaleOf(result.pairs.map(([answer]) => answer));
  const last = Math.max(...result.pairs.flatMap(([answer]) => (answer.scale === scale ? [answer.step] : [])));
  const before = nullAlignmentOf(readEvaluations({ directory }, from)[0]);
  const now = nullAlignmentOf(readEvaluations({ directory }, name)[0]);
  const arms = (["now", "before"] as const).map((which): RatesArm => {
    const answers = result.pairs
      .map(([old, judged]) => (which === "now" ? judged : old))
      .filter((answer) => answer.step === last && answer.scale === scale);
    const nullAlignment = which === "now" ? now : before;
    const label = which === "now" ? name : from;
    return { name: `${label}, step ${last}`, report: ratesReport(answers, { nullAlignment }) };
  });
  if (done.json) {
    print(
      JSON.stringify(
        toJson({
          evaluation: name,
          answersOf: from,
          judged: result.judged,
          interrupted: result.interrupted,
          readout: judge?.readout ?? null,
          usage,
          agreement,
          rates: Object.fromEntries(arms.map((arm) => [arm.name, arm.report])),
        }),
      ),
    );
    return;
  }
  if (result.pairs.length > 0) print(`${ratesText(arms, [])}\n\n${agreementText(agreement, from, name)}`);
  if (usage !== null) print(usageText(usage));
  print(
    `${directory}: ${result.judged} answers judged now, ${result.pairs.length} in evaluations/${name}.jsonl` +
      (result.interrupted ? "; interrupted: the same command continues" : ""),
  );
}

function stepsOf(directory: string, name: string): number[] {
  return readEvaluations({ directory }, name).flatMap(({ answers }) => answers.map(({ step }) => step));
}
