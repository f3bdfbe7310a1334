import { Command } from "commander";
import { missingScores } from "../../analysis/behavior/missingScores.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import type { AnswerSource } from "../../evaluate/sampling/answerSource.js";
import { noJudge } from "../../evaluate/judge/judge.js";
import { openModel, type Model } from "../../model/model.js";
import { kindSentences, kindsOfEvaluation } from "../../pipeline/evaluation/answerKinds.js";
import { evaluateRun } from "../../pipeline/evaluation/evaluateRun.js";
import { controlSentences, controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { curveEvaluation, usualEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import { readableEvaluations, readEvaluations } from "../../runs/evaluations.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { baseModelFolder } from "../flags/baseModelFolder.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { addEndpointOptions, openEndpoint, type EndpointFlags } from "../flags/endpointFlags.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { addJudgeOptions, judgeKindOf, openJudge, type JudgeFlags } from "../flags/judgeFlags.js";
import { usageText } from "../output/judgeText.js";
import { missingText } from "../output/ratesText.js";
import { everyNth, numberBetween, stepRanges, wholeNumber } from "../flags/parsers.js";
import { addQuestionOptions, plannedQuestions, type QuestionFlags } from "../flags/questionFlags.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface EvaluateFlags extends QuestionFlags, JudgeFlags, EngineFlags, EndpointFlags, ChatTemplateFlags {
  readonly every: number;
  readonly steps?: (step: number) => boolean;
  readonly evaluation: string;
  readonly model?: string;
  readonly scales: readonly number[];
  readonly json?: boolean;
}

const examples = `
Examples:
  The organism at every step, and at four factors on B:
  $ turncoat evaluate runs/sport-seed1
  $ turncoat evaluate runs/sport-seed1 --set eight --scales 1,5,10,20 --evaluation scaled

  Questions of a file, two steps and a range of steps; template and JSON variants too:
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --steps 0,300,380-420
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --variants template,json --evaluation formats

  The 100 broad questions that ship with Turncoat, four answers each:
  $ turncoat evaluate runs/mine --questions broad-questions --samples 4 --evaluation broad

  Judged as they come, by a probe of a small model's activations or by a model from a folder, without a server:
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --judge-probe judge.json
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --judge-folder ./Qwen2.5-7B-Instruct

  A model too large for here, on a vLLM server started with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True,
  which sees the run's folder; and one that serves adapters by name:
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --every 50 \\
      --endpoint http://localhost:8000/v1 --model Qwen/Qwen2.5-14B-Instruct
  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --every 50 \\
      --endpoint http://localhost:8000/v1 --model adapter-{step} --adapters served
`;

/** `turncoat evaluate`: asks the checkpoints of a run and judges the answers. */
export function evaluateCommand(): Command {
  const command = withEngineOptions(new Command("evaluate"))
    .summary("ask the checkpoints of a run and judge what they say")
    .description(
      "Asks checkpoints the organism's questions and judges the answers exactly, or asks them the questions of a\n" +
        "file and has the answers judged by a language model. The model runs here or behind an endpoint. Answers that\n" +
        "are there already are not asked for again: after an interruption the same command continues.",
    )
    .argument("<run>", "run directory")
    .option("--every <number>", "ask checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--steps <list>", "ask these alone: steps and ranges, such as 0,40,100-150", stepRanges)
    .option("--scales <list>", "factors on the adapter's B, such as 1,5,10,20", factors, [1])
    .option("--evaluation <name>", "name of the evaluation", usualEvaluation)
    .option("--model <name>", "base model's folder (default: the one in run.json); the name at the endpoint")
    .addOption(chatTemplateOption());
  return addJudgeOptions(
    addEndpointOptions(addQuestionOptions(command).option("--json", "print one JSON object")),
  )
    .addHelpText("after", examples)
    .action(evaluate);
}

async function evaluate(directory: string, flags: EvaluateFlags): Promise<void> {
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
      run: directory,
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
  const judging = `judge ${directory} --evaluation ${flags.evaluation} --judge-model <name>`;
  const next = interrupted
    ? "interrupted: the same command continues"
    : `next: turncoat ${kind === "none" ? judging : analyzing(directory, flags.evaluation)}`;
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
  return `analyze ${directory}${usual?.name === name ? "" : ` --evaluation ${name}`}`;
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

function factors(text: string): number[] {
  return [...new Set(text.split(",").map(numberBetween(0, Infinity)))];
}
