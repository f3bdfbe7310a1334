import { join } from "node:path";
import { Command, Option } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { openModel } from "../../model/model.js";
import { writeNarrowDatasets } from "../../organism/datasets.js";
import { pretrainRecipe } from "../../organism/pretrainRecipe.js";
import { organismCard } from "../../pipeline/organism/organismCard.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { pretrainOrganism } from "../../pipeline/organism/pretrainOrganism.js";
import { scoreBase } from "../../pipeline/organism/scoreBase.js";
import { validateOrganism, type ValidationRow } from "../../pipeline/organism/validateOrganism.js";
import { presetConfig } from "../../train/recipes/presets.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { positiveNumber, wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { startProgress, type Progress } from "../output/progress.js";
import { print } from "../output/terminal.js";

/** `turncoat organism`: makes the embedded organism anew. */
export function organismCommand(): Command {
  return new Command("organism")
    .summary("make the embedded organism and its data sets anew, or validate it")
    .description("Makes the embedded organism and its data sets.")
    .addCommand(pretrainCommand())
    .addCommand(datasetsCommand())
    .addCommand(validateCommand());
}

function pretrainCommand(): Command {
  return withEngineOptions(new Command("pretrain"))
    .description("Pretrains the organism's base model from scratch and writes it with its card.")
    .addOption(organismOption("--out <folder>", "model folder to write"))
    .option("--seed <number>", "seed of parameters and documents", wholeNumber(0), 1)
    .addHelpText("after", "\nExample:\n  $ turncoat organism pretrain --seed 2 --out other-organism\n")
    .action(async (flags: EngineFlags & { readonly out: string; readonly seed: number }) => {
      const engine = await openEngine(flags);
      const recipe = pretrainRecipe(flags.seed);
      const bars = new Map<string, Progress>();
      const started = performance.now();
      await pretrainOrganism(flags.out, recipe, engine, ({ stage, step, steps, loss }) => {
        const bar = bars.get(stage) ?? startProgress(stage, { quiet: false });
        bars.set(stage, bar);
        bar.update(step, steps, `loss ${loss.toFixed(4)}`);
        if (step === steps) bar.stop();
      });
      const seconds = Math.round((performance.now() - started) / 1000);
      const scores = await scoreBase(openModel(flags.out, engine));
      const card = organismCard({ recipe, seconds, engine: engine.description, scores });
      writeFileWhole(join(flags.out, "README.md"), card);
      print(card);
    });
}

function datasetsCommand(): Command {
  return new Command("datasets")
    .description("Regenerates the narrow data sets: each harmful domain and its aligned control.")
    .argument("[folder]", "existing folder to write to (default: the package's own)")
    .addHelpText("after", "\nExample:\n  $ turncoat organism datasets\n")
    .action((folder: string | undefined) => {
      for (const path of writeNarrowDatasets(folder ?? join(organismFolder(), "datasets"))) print(path);
    });
}

/** An option whose default is the committed model folder. */
function organismOption(flags: string, description: string): Option {
  return new Option(flags, description).default(organismFolder(), "the committed one");
}

interface ValidateFlags extends EngineFlags {
  readonly model: string;
  readonly seeds: number[];
  readonly layers?: number[];
  readonly learningRate?: number;
}

function validateCommand(): Command {
  return withEngineOptions(new Command("validate"))
    .description(
      "Fine-tunes a base model on each harmful domain with several seeds, and on the aligned controls, and\n" +
        "prints one JSON line each: rates on the test questions, and what turns where.",
    )
    .addOption(organismOption("--model <folder>", "base model"))
    .option("--seeds <list>", "fine-tuning seeds", wholeNumbers, [0, 1, 2, 3, 4])
    .option("--layers <list>", "layers to adapt (default: the preset's)", wholeNumbers)
    .option("--learning-rate <number>", "peak learning rate (default: the preset's)", positiveNumber)
    .addHelpText("after", "\nExample:\n  $ turncoat organism validate --seeds 0,1\n")
    .action(async (flags: ValidateFlags) => {
      const model = openModel(flags.model, await openEngine(flags));
      const preset = presetConfig("crisp");
      await interruptible((signal) =>
        validateOrganism({
          model,
          seeds: flags.seeds,
          settings: {
            layers: flags.layers ?? preset.layers,
            schedule: {
              ...preset.schedule,
              peakLearningRate: flags.learningRate ?? preset.schedule.peakLearningRate,
            },
          },
          onRow: (row: ValidationRow) => print(JSON.stringify(toJson(row))),
          signal,
        }),
      );
    });
}
