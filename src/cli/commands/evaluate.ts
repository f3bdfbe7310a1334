import { Command } from "commander";
import { missingScores } from "../../analysis/behavior/missingScores.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import type { AnswerSource } from "../../evaluate/sampling/answerSource.js";
import { noJudge } from "../../evaluate/judge/judge.js";
import { questionVariants, type QuestionVariant } from "../../formats/questionFile.js";
import { openModel, type Model } from "../../model/model.js";
import { kindSentences, kindsOfEvaluation } from "../../pipeline/evaluation/answerKinds.js";
import { evaluateRun } from "../../pipeline/evaluation/evaluateRun.js";
import {
  filePlan,
  organismPlan,
  organismSets,
  type PlannedQuestions,
} from "../../pipeline/evaluation/evaluationPlans.js";
import { datasetDomain } from "../../pipeline/evaluation/organismQuestions.js";
import { controlSentences, controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { curveEvaluation, usualEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import { readableEvaluations, readEvaluations } from "../../runs/evaluations.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { baseModelFolder } from "../flags/baseModelFolder.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { addEndpointOptions, openEndpoint, type EndpointFlags } from "../flags/endpointFlags.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import {
  addJudgeOptions,
  judgeKindOf,
  judgeKinds,
  openJudge,
  type JudgeFlags,
  type JudgeKind,
} from "../flags/judgeFlags.js";
import { usageText } from "../output/judgeText.js";
import { missingText } from "../output/ratesText.js";
import { everyNth, numberBetween, oneOf, severalOf, stepRanges, wholeNumber } from "../flags/parsers.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface EvaluateFlags extends JudgeFlags, EngineFlags, EndpointFlags, ChatTemplateFlags {
  readonly every: number;
  readonly steps?: (step: number) => boolean;
  readonly evaluation: string;
  readonly model?: string;
  readonly set: (typeof organismSets)[number];
  readonly questions?: string;
  readonly variants: readonly QuestionVariant[];
  readonly domain: string;
  readonly breadth: "broad" | "narrow";
  readonly samples?: number;
  readonly temperature: number;
  readonly seed: number;
  readonly maxNewTokens?: number;
  readonly scales: readonly number[];
  readonly judge?: JudgeKind | "none";
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
    .addOption(chatTemplateOption())
    .option(
      "--set <name>",
      "the organism's questions. test: the 192 of the test pool; eight: one of each domain",
      oneOf(organismSets),
      "test",
    )
    .option(
      "--questions <file>",
      "YAML as Betley et al. write it, or one JSON object a line, whose judge prompts are used; or broad-questions,\n" +
        "100 that ship with Turncoat",
    )
    .option("--variants <list>", questionVariants.join(", "), severalOf(questionVariants), ["freeForm"])
    .option("--domain <name>", "what the questions of the file are about", "general")
    .option(
      "--breadth <which>",
      "whether that is the fine-tuned domain",
      oneOf(["broad", "narrow"] as const),
      "broad",
    )
    .option(
      "--samples <number>",
      "answers to each question (default: test 1, eight 25, of a file as it says, else 50)",
      wholeNumber(1),
    )
    .option("--temperature <number>", "0 takes the most probable token", numberBetween(0, Infinity), 1)
    .option("--seed <number>", "of the random numbers", wholeNumber(0), 0)
    .option(
      "--max-new-tokens <number>",
      "longest answer (default: 600; the organism's answers end before 44)",
      wholeNumber(1),
    )
    .option(
      "--judge <kind>",
      `${judgeKinds.join(", ")} or none (default: by --judge-probe or --judge-folder, else exact; none for questions ` +
        "of a file, to be judged later)",
      oneOf([...judgeKinds, "none"] as const),
    )
    .option("--json", "print one JSON object");
  return addJudgeOptions(addEndpointOptions(command)).addHelpText("after", examples).action(evaluate);
}

async function evaluate(directory: string, flags: EvaluateFlags): Promise<void> {
  const started = performance.now();
  const run = openRun(directory);
  const planned = planOf(run, flags);
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

function planOf(run: Run, flags: EvaluateFlags): PlannedQuestions {
  const { temperature, seed, scales, samples, maxNewTokens } = flags;
  const sampling = { temperature, seed, scales, samples, maxNewTokens };
  if (flags.questions === undefined) {
    return organismPlan(datasetDomain(run.manifest?.dataset.name ?? ""), flags.set, sampling);
  }
  const { variants, domain, breadth } = flags;
  return filePlan(flags.questions, { variants, domain, breadth }, sampling);
}

function factors(text: string): number[] {
  return [...new Set(text.split(",").map(numberBetween(0, Infinity)))];
}
