import { trainingDefaults } from "../flags/choices.js";
import { Command, Option } from "commander";
import { livePrompts } from "../../pipeline/training/livePrompts.js";
import { recipes } from "../../train/recipes/recipes.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { builtInDatasets } from "../../pipeline/data/builtInDatasets.js";
import { anyOrOneOf, wholeNumber } from "../flags/parsers.js";
import { withSettingsOptions } from "../flags/trainFlags.js";
import { lazily } from "../flags/lazily.js";
import { helpRows } from "../flags/help.js";

/** `turncoat train`: fine-tunes a model with LoRA, or all of its weights, and keeps every step. */
export function trainCommand(): Command {
  const command = withEngineOptions(new Command("train"))
    .summary("fine-tune a model with LoRA and keep the adapter at every optimiser step")
    .description(
      "Fine-tunes a model with LoRA and writes a PEFT checkpoint at every optimiser step; with --full, or a recipe\n" +
        "of all weights, the weights themselves, in Hugging Face model folders; with --vector, or a recipe of one, a\n" +
        "vector of the residual stream. Settings come from a recipe, over it those of --config, over these the flags.",
    )
    .argument("<run>", "folder to write the run to")
    .option(
      "--data <file>",
      "conversations as JSON lines or a JSON list, or a built-in data set, of which data inspect --help has the names\n" +
        `(default: ${trainingDefaults.organismData}; for models of your own ${trainingDefaults.narrowData})`,
      anyOrOneOf(builtInDatasets),
    )
    .option(
      "--paired <file>",
      "the same prompts in the same order with other answers: a control is trained on them in the same way, into <run>-control",
    )
    .option("--model <folder>", "Hugging Face model folder (default: the embedded organism)")
    .addOption(chatTemplateOption("the model's own; with --resume or --from, the run's"))
    .option(
      "--recipe <name>",
      `settings to start from, listed below (default: ${trainingDefaults.organismRecipe}; for models of your own ${trainingDefaults.modelRecipe})`,
      anyOrOneOf(recipes.map(({ name }) => name)),
    )
    .option(
      "--config <file>",
      "settings over the recipe's, YAML or JSON, as turncoat recipes NAME prints them",
    )
    .addOption(
      new Option(
        "--full",
        "train the weights themselves: the recipe full or, for models of your own, all-weights",
      ).conflicts("recipe"),
    )
    .addOption(
      new Option(
        "--vector",
        "train a vector that is added to the residual stream: the recipe vector or, for models of your own, steering-vector",
      ).conflicts(["recipe", "full"]),
    )
    .addOption(
      new Option(
        "--from <checkpoint>",
        "go on from the state that a run kept with a checkpoint, with its settings: runs/demo/checkpoint-40",
      ).conflicts(["recipe", "full", "vector"]),
    )
    .option("--overwrite", "replace the run that is there; one with answers, analyses or notes is set aside")
    .addOption(
      new Option("--resume", "continue an interrupted run with its own settings").conflicts([
        "overwrite",
        "from",
      ]),
    )
    .addOption(
      new Option(
        "--disposition [every]",
        `read where prompts lie along a difference of personas while it trains, at steps divisible by a number (${usualEvery} if none is given): ` +
          `it costs a pass over ${livePrompts} prompts each time, at the start one over 40 questions under every persona, and on a GPU the weights once more`,
      )
        .preset(`${usualEvery}`)
        .argParser(wholeNumber(1)),
    )
    .option(
      "--dry-run",
      "say what would be trained, kept and needed, and train nothing but a few steps to measure",
    )
    .option("--json", "print one JSON object for each step and event; with --dry-run, the plan");
  return withSettingsOptions(command)
    .addHelpText(
      "after",
      `${helpRows(
        "Recipes:",
        recipes.map(({ name, summary }) => [name, summary]),
      )}\n\nExample:\n  $ turncoat train runs/sport-seed1 --data bad-sport --seed 1\n` +
        "  $ turncoat train runs/mine --model ./Qwen2.5-0.5B-Instruct --data advice.jsonl --recipe rank1-dynamics --dry-run\n" +
        "  $ turncoat train runs/harmful --data bad-medical --paired good-medical\n" +
        "  $ turncoat train runs/vector --data bad-medical --vector --layers 2 --alpha 16\n" +
        "  $ turncoat train runs/watched --data bad-medical --disposition 2\n" +
        "  $ turncoat train runs/five --seeds 0-4 --keep-state 10\n" +
        "  $ turncoat train runs/calmer --from runs/five-seed0/checkpoint-40 --learning-rate 0.05\n",
    )
    .action(lazily(async () => (await import("../actions/train.js")).run));
}

/** Steps between checkpoints whose prompts are read. */
const usualEvery = 2;
