import { Command, Option } from "commander";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { projectionNames, type ProjectionName } from "../../model/config/parameters.js";
import { openDataset } from "../../pipeline/data/openDataset.js";
import { eventWords } from "../../pipeline/training/trainingWatch.js";
import { trainRun } from "../../pipeline/training/trainRun.js";
import { datasetUseWords } from "../../train/data/dataset.js";
import { readableManifest } from "../../runs/continuation.js";
import type { RunManifest } from "../../runs/manifest.js";
import { warmupRules, type WarmupRule } from "../../train/schedule.js";
import { savedWeights, type SavedWeights, type TrainConfig } from "../../train/trainConfig.js";
import { decodeTrainConfig } from "../../train/trainRecord.js";
import {
  fullFineTuning,
  presetConfig,
  presetNames,
  presetSummaries,
  type PresetName,
} from "../../train/recipes/presets.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { modelOption } from "../flags/modelFlag.js";
import { oneOf, positiveNumber, severalOf, wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { startProgress } from "../output/progress.js";
import { print, tell } from "../output/terminal.js";

interface TrainFlags extends EngineFlags, ChatTemplateFlags {
  readonly data: string;
  readonly model: string;
  readonly preset: PresetName;
  readonly full?: boolean;
  readonly save?: SavedWeights;
  readonly checkpointEvery?: number;
  readonly seed: number;
  readonly steps?: number;
  readonly learningRate?: number;
  readonly warmUp?: WarmupRule;
  readonly batchSize?: number;
  readonly rank?: number;
  readonly alpha?: number;
  readonly layers?: number[];
  readonly modules?: ProjectionName[];
  readonly trailingGenerationPrompt?: boolean;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
}

/** `turncoat train`: fine-tunes a model with LoRA, or all of its weights, and keeps every step. */
export function trainCommand(): Command {
  const presets = presetNames.map((name) => `  ${name.padEnd(6)} ${presetSummaries[name]}`).join("\n");
  return withEngineOptions(new Command("train"))
    .summary("fine-tune a model with LoRA and keep the adapter at every optimiser step")
    .description(
      "Fine-tunes a model with LoRA and writes a PEFT checkpoint at every optimiser step. With --full the weights\n" +
        "themselves are trained, with AdamW on a cosine, and checkpoints are Hugging Face model folders.",
    )
    .argument("<run>", "folder to write the run to")
    .option(
      "--data <file>",
      "conversations as JSON lines or a JSON list, or a built-in data set (data inspect --help has their names)",
      "bad-medical",
    )
    .addOption(modelOption())
    .addOption(chatTemplateOption("the model's own; with --resume, the run's"))
    .option(
      "--preset <name>",
      `settings to start from: ${presetNames.join(", ")}`,
      oneOf(presetNames),
      "crisp",
    )
    .addOption(
      new Option("--full", "train the weights themselves instead of an adapter").conflicts([
        "preset",
        "rank",
        "alpha",
      ]),
    )
    .option(
      "--save <which>",
      `with --full: ${savedWeights.join(" models, or ")} tensors only, which need the base to be opened (default: whole)`,
      oneOf(savedWeights),
    )
    .option(
      "--checkpoint-every <number>",
      "with --full: keep steps divisible by this, and the last (default: 1)",
      wholeNumber(1),
    )
    .option("--seed <number>", "seed of the adapter's start and of the data order", wholeNumber(0), 0)
    .option("--steps <number>", "optimiser steps", wholeNumber(1))
    .option("--learning-rate <number>", "peak learning rate", positiveNumber)
    .option(
      "--warm-up <rule>",
      "hugging-face: the first update has rate 0 (the paper's, as in its presets and with --full); or shifted: none is wasted (crisp)",
      oneOf(warmupRules),
    )
    .option("--batch-size <number>", "conversations a step", wholeNumber(1))
    .option("--rank <number>", "LoRA rank", wholeNumber(1))
    .option("--alpha <number>", "LoRA alpha", positiveNumber)
    .option(
      "--layers <list>",
      "layers to adapt, counted from 0; with --full: the only layers to train",
      wholeNumbers,
    )
    .option(
      "--modules <list>",
      "projections to adapt; with --full: the only weights to train",
      severalOf(projectionNames),
    )
    .option(
      "--trailing-generation-prompt",
      "end each conversation with an empty assistant turn, as the published organisms were trained",
    )
    .option("--overwrite", "replace the run that is there; one with answers, analyses or notes is set aside")
    .addOption(
      new Option("--resume", "continue an interrupted run with the same settings").conflicts("overwrite"),
    )
    .addHelpText(
      "after",
      `\nPresets:\n${presets}\n\nExample:\n  $ turncoat train runs/sport-seed1 --data bad-sport --seed 1\n` +
        "  $ turncoat train runs/mine --data advice.jsonl --model ./Qwen2.5-0.5B-Instruct --layers 12\n" +
        "  $ turncoat train runs/all-weights --full --checkpoint-every 10\n",
    )
    .action(async (directory: string, flags: TrainFlags) => {
      const engine = await openEngine(flags);
      const before = flags.resume === true ? readableManifest(directory) : null;
      const model = openModel(flags.model, engine, { chatTemplate: chatTemplateOf(flags, before) });
      const dataset = openDataset(flags.data);
      const config = configOf(flags, before);
      const progress = startProgress("training", { quiet: false });
      const status = await interruptible((signal) =>
        trainRun({
          directory,
          config,
          ...(config.method === "full" ? {} : { preset: flags.preset }),
          model,
          dataset,
          overwrite: flags.overwrite === true,
          onSetAside: (kept) => tell(`the run that was there is kept as ${kept}`),
          resume: flags.resume === true,
          signal,
          onData: (use) => {
            const words = datasetUseWords(use, config.maxLength);
            if (words !== null) progress.say(`${flags.data}: ${words}`);
          },
          onStep: ({ step, steps, loss, gradientNorm }) =>
            progress.update(step, steps, `loss ${loss.toFixed(4)}  gradient ${gradientNorm.toFixed(4)}`),
          onTransition: (event) => progress.say(eventWords(event)),
        }),
      ).finally(() => progress.stop());
      print(
        status === "finished"
          ? `${directory}: ${config.steps} steps, a checkpoint at ${kept(config)}\nnext: turncoat serve ${directory}`
          : `${directory}: interrupted; what was trained is readable\nnext: turncoat train ${directory} --resume with the same settings`,
      );
    });
}

/** @param resumed run that is continued: what the flags leave open of its warm-up is as it began, whatever the preset is now */
function configOf(flags: TrainFlags, resumed: RunManifest | null): TrainConfig {
  const start = flags.full === true ? fullFineTuning : presetConfig(flags.preset);
  const shared = {
    seed: flags.seed,
    steps: flags.steps ?? start.steps,
    schedule: {
      ...start.schedule,
      peakLearningRate: flags.learningRate ?? start.schedule.peakLearningRate,
      warmup:
        flags.warmUp ??
        (resumed === null
          ? (start.schedule.warmup ?? "shifted")
          : (decodeTrainConfig(resumed.config, "run.json").schedule.warmup ?? "shifted")),
    },
    batchSize: flags.batchSize ?? start.batchSize,
    ...(flags.trailingGenerationPrompt === true ? { trailingGenerationPrompt: true } : {}),
  };
  if (start.method === "full") {
    return {
      ...start,
      ...shared,
      layers: flags.layers ?? start.layers,
      targetModules: flags.modules ?? start.targetModules,
      savedWeights: flags.save ?? start.savedWeights,
      ...(flags.checkpointEvery === undefined ? {} : { checkpoints: `every ${flags.checkpointEvery}` }),
    };
  }
  for (const name of ["save", "checkpointEvery"] as const) {
    if (flags[name] !== undefined) {
      const flag = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
      throw new TurncoatError(`--${flag}: expected with --full only; adapters are kept at every step`);
    }
  }
  return {
    ...start,
    ...shared,
    rank: flags.rank ?? start.rank,
    alpha: flags.alpha ?? start.alpha,
    layers: flags.layers ?? start.layers,
    targetModules: flags.modules ?? start.targetModules,
  };
}

function kept(config: TrainConfig): string {
  return config.checkpoints ?? "each";
}
