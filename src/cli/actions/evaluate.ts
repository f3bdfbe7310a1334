import { missingScores } from "../../analysis/behavior/missingScores.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import type { AnswerSource } from "../../evaluate/sampling/answerSource.js";
import { noJudge } from "../../evaluate/judge/judge.js";
import { openModel, type Model } from "../../model/model.js";
import { kindSentences, kindsOfEvaluation } from "../../pipeline/evaluation/answerKinds.js";
import { evaluateRun } from "../../pipeline/evaluation/evaluateRun.js";
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
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";
import { commandLine } from "../../hints.js";

interface EvaluateFlags extends QuestionFlags, JudgeFlags, EngineFlags, EndpointFlags, ChatTemplateFlags {
  readonly every: number;
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
  const { answers, llm, total, interrupted } = await interruptible(async (signal) => {
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
    const judged = await evaluateRun({
      directory,
      name: flags.evaluation,
      model: await openSource(run, flags, (line) => progress.say(line)),
      judge: opened.judge,
      plan: planned.plan,
      questionsFrom: planned.from,
      isStepWanted: flags.steps ?? everyNth(flags.every, last),
      onNote: (line) => progress.say(`warning: ${line}`),
      onProgress: (state) => {
        wanted = state.total;
        progress.update(state.done, state.total, "answers");
      },
      signal,
    });
    return { answers: judged, llm: opened.llm, total: wanted, interrupted: signal.aborted };
  }).finally(() => progress.stop());
  const usage = llm?.usage() ?? null;
  const missing = missingScores(answers);
  const [evaluation] = readEvaluations({ directory }, flags.evaluation);
  const kinds = evaluation === undefined ? null : kindsOfEvaluation(directory, evaluation);
  const controls = kind === "none" ? null : controlsOf(directory, flags.evaluation);
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
    ...missingText(missing),
    ...(kinds === null ? [] : kindSentences(kinds)),
    ...(controls === null ? [] : controlSentences(controls)),
  ];
  print([`${directory}: ${answers.length} ${what}`, ...said, next].join("\n"));
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
