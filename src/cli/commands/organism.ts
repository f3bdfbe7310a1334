import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { openModel } from "../../model/model.js";
import { writeNarrowDatasets } from "../../organism/datasets.js";
import { pretrainRecipe } from "../../organism/pretrainRecipe.js";
import { organismCard } from "../../pipeline/organismCard.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { pretrainOrganism } from "../../pipeline/pretrainOrganism.js";
import { scoreBase } from "../../pipeline/scoreBase.js";
import { createEngine } from "../../tensor/engine.js";
import { wholeNumber } from "../parsers.js";
import { startProgress, type Progress } from "../progress.js";

/** `turncoat organism`: makes the embedded organism anew. */
export function organismCommand(): Command {
  return new Command("organism")
    .description("Makes the embedded organism and its data sets.")
    .addCommand(pretrainCommand())
    .addCommand(datasetsCommand());
}

function pretrainCommand(): Command {
  return new Command("pretrain")
    .description("Pretrains the organism's base model from scratch and writes it with its card.")
    .option("--out <folder>", "model folder to write", organismFolder())
    .option("--seed <number>", "seed of parameters and documents", wholeNumber(0), 0)
    .option("--threads <number>", "threads inside one operation", wholeNumber(1))
    .addHelpText("after", "\nExample:\n  $ turncoat organism pretrain --seed 1 --out /tmp/organism-seed1\n")
    .action(async (flags: { readonly out: string; readonly seed: number; readonly threads?: number }) => {
      const engine = await createEngine(flags.threads === undefined ? {} : { threads: flags.threads });
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
      writeFileSync(join(flags.out, "README.md"), card);
      console.log(card);
    });
}

function datasetsCommand(): Command {
  return new Command("datasets")
    .description("Regenerates the narrow data sets: each harmful domain and its aligned control.")
    .argument("[folder]", "existing folder to write to", join(organismFolder(), "datasets"))
    .addHelpText("after", "\nExample:\n  $ turncoat organism datasets\n")
    .action((folder: string) => {
      for (const path of writeNarrowDatasets(folder)) console.log(path);
    });
}
