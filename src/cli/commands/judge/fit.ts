import { Command } from "commander";
import { alignedBelowOption } from "../../flags/thresholdOptions.js";
import { toJson } from "../../../analysis/toJson.js";
import { poolings, type Pooling } from "../../../evaluate/judge/answerFeatures.js";
import { openModel } from "../../../model/model.js";
import { fitProbeJudge } from "../../../pipeline/judging/fitProbeJudge.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../../flags/engineFlags.js";
import { interruptible } from "../../interrupt.js";
import { severalOf, wholeNumber, wholeNumbers } from "../../flags/parsers.js";
import { probeJudgeText } from "../../output/probeJudgeText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface FitFlags extends EngineFlags {
  readonly model: string;
  readonly out: string;
  readonly layers?: readonly number[];
  readonly pooling: readonly Pooling[];
  readonly perQuestion?: number;
  readonly features?: string;
  readonly alignedBelow: number;
  readonly json?: boolean;
}

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
    .action(async (paths: string[], _: unknown, command: Command) => {
      // What judge itself has an option for, such as --json, it takes also behind the name of this command.
      const { model: folder, ...flags } = command.optsWithGlobals<FitFlags>();
      const progress = startProgress("reading", { quiet: flags.json === true });
      const { file, rates } = await interruptible(async (signal) => {
        const model = openModel(folder, await openEngine(flags));
        model.tokenizer.requireTemplate();
        return fitProbeJudge({
          paths,
          model,
          ...(flags.layers === undefined ? {} : { layers: flags.layers }),
          poolings: flags.pooling,
          ...(flags.perQuestion === undefined ? {} : { perQuestion: flags.perQuestion }),
          ...(flags.features === undefined ? {} : { featuresPath: flags.features }),
          alignedBelow: flags.alignedBelow,
          onProgress: (what, done, total) => progress.update(done, total, what),
          signal,
        });
      }).finally(() => progress.stop());
      writeFileWhole(flags.out, `${JSON.stringify(toJson(file))}\n`);
      if (flags.json === true) {
        const { scores, fittedOn, metrics } = file;
        const chosen = Object.entries(metrics).map(
          ([metric, { layer, pooling, target, penalty }]) =>
            [metric, { layer, pooling, target, penalty }] as const,
        );
        print(
          JSON.stringify(
            toJson({ out: flags.out, chosen: Object.fromEntries(chosen), scores, fittedOn, rates }),
          ),
        );
        return;
      }
      print(probeJudgeText(file, rates));
      print(`written: ${flags.out}`);
    });
}
