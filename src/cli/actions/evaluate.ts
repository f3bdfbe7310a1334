import { missingScores } from "../../analysis/behavior/missingScores.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { askedOf, type AnswerSource, type SamplePlan } from "../../evaluate/sampling/answerSource.js";
import { noJudge } from "../../evaluate/judge/judge.js";
import { openModel, type Model } from "../../model/model.js";
import { kindSentences, kindsOfEvaluation } from "../../pipeline/evaluation/answerKinds.js";
import { evaluateRun } from "../../pipeline/evaluation/evaluateRun.js";
import { evaluateWithin, type TimedEvaluation } from "../../pipeline/evaluation/evaluateWithin.js";
import { firstAndLastRates, type StepRates } from "../../pipeline/evaluation/evaluationRates.js";
import { controlSentences, controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { curveEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import { readableEvaluations, readEvaluations } from "../../runs/evaluations.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { baseModelFolder } from "../open/baseModelFolder.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEndpoint } from "../open/endpoint.js";
import type { EndpointFlags } from "../flags/endpointFlags.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { judgeKindOf, openJudge } from "../open/judge.js";
import type { JudgeFlags } from "../flags/judgeFlags.js";
import { usageText } from "../output/judgeText.js";
import { missingText } from "../output/ratesText.js";
import { everyNth } from "../flags/parsers.js";
import { plannedQuestions } from "../open/questions.js";
import type { QuestionFlags } from "../flags/questionFlags.js";
import { startProgress, timeText } from "../output/progress.js";
import { print } from "../output/terminal.js";
import { commandLine } from "../../hints.js";

interface EvaluateFlags extends QuestionFlags, JudgeFlags, EngineFlags, EndpointFlags, ChatTemplateFlags {
  readonly every?: number;
  readonly all?: boolean;
  readonly steps?: (step: number) => boolean;
  readonly evaluation: string;
  readonly model?: string;
  readonly scales: readonly number[];
  readonly json?: boolean;
}

export async function evaluate(directory: string, flags: EvaluateFlags): Promise<void> {
  const started = performance.now();
  const run = openRun(directory);
  const planned = plannedQuestions(run, flags, flags.scales);
  const kind = judgeKindOf(flags, flags.judge, flags.questions === undefined ? "exact" : "none");
  const last = run.checkpoints.at(-1)?.step;
  const progress = startProgress("evaluating", { quiet: flags.json === true });
  const { answers, timed, llm, total, interrupted } = await interruptible(async (signal) => {
    const opened =
      kind === "none"
        ? { judge: noJudge, llm: null }
        : await openJudge(
            kind,
            directory,
            { ...flags, prompts: flags.prompts ?? planned.judgePrompts },
            signal,
          );
    let wanted = 0;
    const request = {
      run: directory,
      name: flags.evaluation,
      model: await openSource(run, flags, (line) => progress.say(line)),
      judge: opened.judge,
      plan: planned.plan,
      questionsFrom: planned.from,
      onNote: (line: string) => progress.say(`warning: ${line}`),
      onProgress: (state: { readonly done: number; readonly total: number }) => {
        wanted = state.total;
        progress.update(state.done, state.total, "answers");
      },
      signal,
    };
    const choosing = flags.steps ?? (flags.every === undefined ? undefined : everyNth(flags.every, last));
    const isTimed = choosing === undefined && flags.all !== true && flags.endpoint === undefined;
    const chosen = run.checkpoints.filter(({ step }) => choosing?.(step) ?? true).length;
    progress.say(beforehand({ checkpoints: chosen, plan: planned.plan, isTimed }));
    const timed = isTimed ? await evaluateWithin(usualSeconds, request) : null;
    const judged = timed?.answers ?? (await evaluateRun({ ...request, isStepWanted: choosing }));
    return { answers: judged, timed, llm: opened.llm, total: wanted, interrupted: signal.aborted };
  }).finally(() => progress.stop());
  const usage = llm?.usage() ?? null;
  const missing = missingScores(answers);
  const [evaluation] = readEvaluations({ directory }, flags.evaluation);
  const kinds = evaluation === undefined ? null : kindsOfEvaluation(directory, evaluation);
  const controls = kind === "none" ? null : controlsOf(directory, flags.evaluation);
  const rates = evaluation === undefined ? [] : firstAndLastRates(evaluation);
  if (flags.json === true) {
    const seconds = (performance.now() - started) / 1000;
    const report = {
      evaluation: flags.evaluation,
      answers: answers.length,
      wanted: total,
      interrupted,
      seconds,
      usage,
      missing: Object.fromEntries(missing),
      rates,
      leftOut: timed?.leftOut ?? [],
      kinds,
      controls,
    };
    print(JSON.stringify(toJson(report)));
    return;
  }
  if (usage !== null) print(usageText(usage));
  const what = kind === "none" ? "answers" : "judged answers";
  const judging = commandLine(
    "judge",
    directory,
    "--evaluation",
    flags.evaluation,
    "--judge-model",
    "<name>",
  );
  const next = interrupted
    ? "interrupted: the same command continues"
    : `next: ${kind === "none" ? judging : analyzing(directory, flags.evaluation)}`;
  const said = [
    ...(timed === null || interrupted ? [] : leftOutText(timed)),
    ...rates.map(stepRatesText),
    ...missingText(missing),
    ...(kinds === null ? [] : kindSentences(kinds)),
    ...(controls === null ? [] : controlSentences(controls)),
  ];
  print([`${directory}: ${answers.length} ${what}`, ...said, next].join("\n"));
}

/** Seconds that an evaluation takes here unless somebody says what to ask. */
const usualSeconds = 120;

/** Says how many answers will be asked for, before the first is. */
function beforehand({
  checkpoints,
  plan,
  isTimed,
}: {
  readonly checkpoints: number;
  readonly plan: SamplePlan;
  readonly isTimed: boolean;
}): string {
  const each = plan.scales.length * askedOf(plan).length;
  const all = `${checkpoints} checkpoints, ${each} answers each: ${checkpoints * each} answers`;
  if (!isTimed || checkpoints <= 2) return `${all}; the time is told after the first`;
  return `${all}, or those of as many checkpoints as take about ${timeText(usualSeconds)} (--all asks all)`;
}

/** Says which checkpoints were left out to end in time, how long they would take, and how to ask them. */
function leftOutText({ steps, leftOut, secondsLeftOut }: TimedEvaluation): string[] {
  if (leftOut.length === 0) return [];
  return [
    `asked ${steps.length} of ${steps.length + leftOut.length} checkpoints, evenly spread, to end in about ${timeText(usualSeconds)}; ` +
      `--all asks the other ${leftOut.length} too, in about ${timeText(secondsLeftOut)} more`,
  ];
}

/** A line of rates with their 95 % intervals, Wilson's. */
function stepRatesText({ step, scale, breadth, rates: { em, coherent } }: StepRates): string {
  const text = ({ percent, interval: [low, high] }: typeof em): string =>
    `${percent.toFixed(1)} % [${low.toFixed(1)}, ${high.toFixed(1)}]`;
  const factor = scale === 1 ? "" : `, factor ${scale}`;
  return `step ${step}${factor}, ${breadth}: EM ${text(em)}, coherent ${text(coherent)}, n ${em.n} (95 %, Wilson)`;
}

/** The command that analyses an evaluation, which is named where another would be taken. */
function analyzing(directory: string, name: string): string {
  const usual = curveEvaluation(readableEvaluations({ directory }).evaluations);
  return commandLine("analyze", directory, ...(usual?.name === name ? [] : ["--evaluation", name]));
}

/** Opens what answers: a model here, or an endpoint. */
async function openSource(
  run: Run,
  flags: EvaluateFlags,
  say: (line: string) => void,
): Promise<Model | AnswerSource> {
  const { directory } = run;
  if (flags.endpoint !== undefined) {
    if (flags.chatTemplate !== undefined) {
      throw new TurncoatError(
        "evaluate --endpoint: expected no --chat-template: the endpoint writes the chats",
      );
    }
    if (flags.model === undefined) {
      throw new TurncoatError("evaluate --endpoint: expected the model's name at the endpoint, found none", {
        hint: "Name it with --model, such as --model Qwen/Qwen2.5-14B-Instruct.",
      });
    }
    return openEndpoint(flags.endpoint, flags.model, directory, flags, say);
  }
  return openModel(baseModelFolder(run, flags.model), await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
}
