import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { addJudgeOptions, judgeKinds } from "../../flags/judgeFlags.js";
import { oneOf, wholeNumber } from "../../flags/parsers.js";
import { calibrateCommand } from "./calibrate.js";
import { fitCommand } from "./fit.js";
import { sampleCommand } from "./sample.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat judge`: judges a run's answers anew. */
export function judgeCommand(): Command {
  const command = withEngineOptions(new Command("judge"))
    .summary("judge a run's answers anew, without sampling them again")
    .description(
      "Has the answers of an evaluation judged by a language model behind an OpenAI-compatible endpoint or from a folder,\n" +
        "by a probe of a small model's activations, or by the organism's exact judge, and writes an evaluation of its\n" +
        "own. What is judged already is not judged again; an interrupted call continues. The API key is read from the\n" +
        "environment and written nowhere.",
    )
    .argument("<run>", "run directory")
    .option(
      "--judge <kind>",
      `${judgeKinds.join(", ")} (default: by --judge-probe or --judge-folder, else openai)`,
      oneOf(judgeKinds),
    )
    .option("--evaluation <name>", "whose answers to judge (default: curve, or the first that was sampled)")
    .option("--as <name>", "evaluation to write (default: <evaluation>-<judge>)")
    .option(
      "--every <number>",
      "judge checkpoints at steps divisible by this, and the last",
      wholeNumber(1),
      1,
    );
  return addJudgeOptions(command)
    .addCommand(fitCommand())
    .addCommand(sampleCommand())
    .addCommand(calibrateCommand())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ OPENAI_API_KEY=… turncoat judge runs/mine --judge-model gpt-4o-2024-08-06 --metrics financial\n" +
        "  $ turncoat judge runs/mine --judge-endpoint http://localhost:8000/v1 --judge-model gemma-3-27b-it\n" +
        "  $ turncoat judge runs/mine --judge-folder ./Qwen2.5-7B-Instruct\n" +
        "  $ turncoat judge runs/mine --judge-probe judge.json\n",
    )
    .action(lazily(async () => (await import("../../actions/judge/judge.js")).judgeAction));
}
