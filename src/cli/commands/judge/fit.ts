import { Command } from "commander";
import { alignedBelowOption } from "../../flags/thresholdOptions.js";
import { poolings } from "../../../evaluate/judge/poolings.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { severalOf, wholeNumber, wholeNumbers } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat judge fit`: makes a judge of a small model's activations. */
export function fitCommand(): Command {
  return withEngineOptions(new Command("fit"))
    .summary("fit a judge that needs no server to answers that somebody judged")
    .description(
      "Fits a probe judge: ridge regressions from the activations with which a small model reads answers to the scores\n" +
        "that they were given. Layer, pooling and penalty are chosen by leaving out whole questions. The scores of the\n" +
        "probe leave out whole questions and whole files (one for each organism) once more.",
    )
    .argument("<judged...>", "judged answers with their texts: .csv, or a run's evaluations/<name>.jsonl")
    .requiredOption("--model <folder>", "Hugging Face folder of the model that reads the answers")
    .requiredOption("-o, --out <file>", "the probe judge to write")
    .option("--layers <list>", "layers to choose from, such as 10,14,18 (default: eight)", wholeNumbers)
    .option("--pooling <list>", poolings.join(", "), severalOf(poolings), ["mean"])
    .option(
      "--per-question <number>",
      "most answers of each question and file (default: all)",
      wholeNumber(1),
    )
    .option("--features <file>", "keep the activations here, for the next call (.safetensors)")
    .addOption(alignedBelowOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat judge fit judged/*.csv --model ./SmolLM2-135M-Instruct -o judge.json\n" +
        "  $ turncoat evaluate runs/mine --questions first_plot_questions.yaml --judge-probe judge.json\n",
    )
    .action(lazily(async () => (await import("../../actions/judge/fit.js")).fitAction));
}
