import { Command, Option } from "commander";
import { usualEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { addEndpointOptions } from "../flags/endpointFlags.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { addJudgeOptions } from "../flags/judgeFlags.js";
import { numberBetween, stepRanges, wholeNumber } from "../flags/parsers.js";
import { addQuestionOptions } from "../flags/questionFlags.js";
import { lazily } from "../flags/lazily.js";

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
        "are there already are not asked for again: after an interruption the same command continues. Of a model that runs\n" +
        "here, checkpoints are asked that take about two minutes, unless --every, --steps or --all says which.",
    )
    .argument("<run>", "run directory")
    .option("--every <number>", "ask checkpoints at steps divisible by this, and the last", wholeNumber(1))
    .option("--steps <list>", "ask these alone: steps and ranges, such as 0,40,100-150", stepRanges)
    .addOption(
      new Option(
        "--all",
        "ask all checkpoints, however long it takes, as an endpoint is always asked",
      ).conflicts(["every", "steps"]),
    )
    .option("--scales <list>", "factors on the adapter's B, such as 1,5,10,20", factors, [1])
    .option("--evaluation <name>", "name of the evaluation", usualEvaluation)
    .option("--model <name>", "base model's folder (default: the one in run.json); the name at the endpoint")
    .addOption(chatTemplateOption());
  return addJudgeOptions(
    addEndpointOptions(addQuestionOptions(command).option("--json", "print one JSON object")),
  )
    .addHelpText("after", examples)
    .action(lazily(async () => (await import("../actions/evaluate.js")).evaluate));
}

function factors(text: string): number[] {
  return [...new Set(text.split(",").map(numberBetween(0, Infinity)))];
}
