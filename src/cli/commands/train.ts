import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { readModelConfig } from "../../model/config/configJson.js";
import { openModel, type Model } from "../../model/model.js";
import { withKlDataset } from "../../pipeline/data/klDataset.js";
import { openDataset } from "../../pipeline/data/openDataset.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { conversationsOf } from "../../pipeline/training/conversations.js";
import { pairedDataset, withControl } from "../../pipeline/training/pairedControl.js";
import { livePrompts } from "../../pipeline/training/liveDisposition.js";
import { planTraining } from "../../pipeline/training/plan.js";
import {
  fromCheckpoint,
  fromRecipe,
  fromRun,
  type StartingPoint,
} from "../../pipeline/training/startingPoint.js";
import { recordedDataset } from "../../pipeline/data/recordedDataset.js";
import { trainGrid } from "../../pipeline/training/trainGrid.js";
import type { TrainRequest } from "../../pipeline/training/trainRun.js";
import { manifestFile } from "../../runs/layout.js";
import type { Dataset } from "../../train/data/dataset.js";
import { gridOf, gridSuffixes, type Grid } from "../../train/recipes/grid.js";
import { recipes } from "../../train/recipes/recipes.js";
import { resolveSettings } from "../../train/recipes/resolve.js";
import { layered, type Settings } from "../../train/recipes/settings.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { wholeNumber } from "../flags/parsers.js";
import { readSettingsFile } from "../flags/settingsFile.js";
import { settingsOfFlags, withSettingsOptions, type SettingsFlags } from "../flags/trainFlags.js";
import { interruptible } from "../interrupt.js";
import { planText } from "../output/planText.js";
import { print } from "../output/terminal.js";
import { TrainingReport } from "../output/trainingReport.js";

interface TrainFlags extends EngineFlags, ChatTemplateFlags, SettingsFlags, Grid {
  readonly data?: string;
  readonly paired?: string;
  readonly model?: string;
  readonly recipe?: string;
  readonly config?: string;
  readonly full?: boolean;
  readonly from?: string;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly disposition?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `turncoat train`: fine-tunes a model with LoRA, or all of its weights, and keeps every step. */
export function trainCommand(): Command {
  const width = Math.max(...recipes.map(({ name }) => name.length));
  const list = recipes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n");
  const command = withEngineOptions(new Command("train"))
    .summary("fine-tune a model with LoRA and keep the adapter at every optimiser step")
    .description(
      "Fine-tunes a model with LoRA and writes a PEFT checkpoint at every optimiser step; with --full, or a recipe\n" +
        "of all weights, the weights themselves, in Hugging Face model folders. Settings come from a recipe, over it\n" +
        "those of --config, over these the flags.",
    )
    .argument("<run>", "folder to write the run to")
    .option(
      "--data <file>",
      "conversations as JSON lines or a JSON list, or a built-in data set, of which data inspect --help has the names\n" +
        `(default: ${organismData}; for models of your own ${narrowData})`,
    )
    .option(
      "--paired <file>",
      "the same prompts in the same order with other answers: a control is trained on them in the same way, into <run>-control",
    )
    .option("--model <folder>", "Hugging Face model folder (default: the embedded organism)")
    .addOption(chatTemplateOption("the model's own; with --resume or --from, the run's"))
    .option(
      "--recipe <name>",
      `settings to start from, listed below (default: ${organismRecipe}; for models of your own ${modelRecipe})`,
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
        "--from <checkpoint>",
        "go on from the state that a run kept with a checkpoint, with its settings: runs/demo/checkpoint-40",
      ).conflicts(["recipe", "full"]),
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
      `\nRecipes:\n${list}\n\nExample:\n  $ turncoat train runs/sport-seed1 --data bad-sport --seed 1\n` +
        "  $ turncoat train runs/mine --model ./Qwen2.5-0.5B-Instruct --data advice.jsonl --recipe rank1-dynamics --dry-run\n" +
        "  $ turncoat train runs/harmful --data bad-medical --paired good-medical\n" +
        "  $ turncoat train runs/watched --data bad-medical --disposition 2\n" +
        "  $ turncoat train runs/five --seeds 0-4 --keep-state 10\n" +
        "  $ turncoat train runs/calmer --from runs/five-seed0/checkpoint-40 --learning-rate 0.05\n",
    )
    .action(run);
}

/** Steps between checkpoints whose prompts are read. */
const usualEvery = 2;
const organismRecipe = "crisp";
const modelRecipe = "rank1-dynamics";
const organismData = "bad-medical";
const narrowData = "narrow-medical-harmful";

async function run(directory: string, flags: TrainFlags): Promise<void> {
  const start = startOf(directory, flags);
  const folder = flags.model ?? start.run?.baseModel.path ?? organismFolder();
  const dataset = datasetOf(flags, start);
  // A plan needs the shapes only; without weights nothing is measured.
  const model = flags.dryRun === true && !hasWeights(folder) ? null : await opened(folder, flags, start);
  const modelConfig = model?.config ?? readModelConfig(folder);
  const { paired: pairedInFile, ...settings } = settingsOver(flags, start);
  const conversations = (): number => conversationsOf(dataset, model, settings);
  const target = { layers: modelConfig.layers, conversations };
  const config = withKlDataset(resolveSettings(settings, target, "training"));
  const runs = gridOf(config, flags);
  const paired = pairedDataset(
    dataset,
    flags.paired ?? pairedInFile,
    flags.resume === true ? `${directory}${runs[0]?.suffix ?? ""}` : undefined,
  );
  if (flags.dryRun === true || model === null) {
    const plan = await planTraining({ config: runs[0]?.config ?? config, modelConfig, dataset, model });
    const isJson = flags.json === true;
    print(isJson ? JSON.stringify(toJson({ ...plan, runs: runs.length })) : planText(plan, runs.length));
    return;
  }
  const report = new TrainingReport({ source: flags.data ?? dataset.name, isJson: flags.json === true });
  const requestsOf = (signal: AbortSignal): TrainRequest[] =>
    runs.map(({ suffix, config: own }): TrainRequest => {
      const target = `${directory}${suffix}`;
      return {
        directory: target,
        config: own,
        ...(start.recipe === null ? {} : { preset: start.recipe }),
        model,
        dataset,
        overwrite: flags.overwrite === true,
        resume: flags.resume === true,
        ...(flags.disposition === undefined ? {} : { dispositionEvery: flags.disposition }),
        ...(start.branch === undefined ? {} : { branch: start.branch }),
        signal,
      };
    });
  const targets: string[] = [];
  const status = await interruptible(async (signal) => {
    const pairs = requestsOf(signal).map((request): readonly TrainRequest[] =>
      paired === null ? [request] : withControl(request, paired),
    );
    // Runs first, so that those of several seeds go through the model together; then their controls.
    const requests = [
      ...pairs.flatMap(([own]) => own ?? []),
      ...pairs.flatMap(([, control]) => control ?? []),
    ];
    targets.push(...requests.map((request) => request.directory));
    return trainGrid(
      requests.map((request) => ({ ...request, ...report.of(request.directory, request.config) })),
      (directories) => report.group(directories, requests.length > 1),
    );
  }).finally(() => report.stop());
  report.end(status, { directory, targets, config });
}

const isOrganism = ({ model }: TrainFlags): boolean =>
  model === undefined || resolve(model) === resolve(organismFolder());

/** Says what a training starts from: the run that is continued or branched from, or else a recipe. */
function startOf(directory: string, flags: TrainFlags): StartingPoint {
  if (flags.from !== undefined) return fromCheckpoint(flags.from);
  if (flags.resume !== true) return fromRecipe(recipeOf(flags));
  const folders = gridSuffixes(flags).map((suffix) => `${directory}${suffix}`);
  // Of several the first that was begun: they differ in what the flags say again.
  const begun = folders.find((folder) => existsSync(join(folder, manifestFile)));
  if (begun === undefined) {
    throw new TurncoatError(
      `${folders[0] ?? directory}: expected a run to continue, found no ${manifestFile}`,
      {
        hint: "Train it without --resume.",
      },
    );
  }
  const start = fromRun(begun);
  return flags.recipe === undefined ? start : { ...start, recipe: flags.recipe };
}

function recipeOf(flags: TrainFlags): string {
  if (flags.recipe !== undefined) return flags.recipe;
  if (flags.full === true) return isOrganism(flags) ? "full" : "all-weights";
  return isOrganism(flags) ? organismRecipe : modelRecipe;
}

/** The settings of the start, over these the file's, over these the flags'. */
function settingsOver(flags: TrainFlags, { base }: StartingPoint): Settings {
  const below = [base, ...(flags.config === undefined ? [] : [readSettingsFile(flags.config)])];
  const own = settingsOfFlags(flags, layered(below));
  if (flags.full === true) own.method = "full";
  return layered([...below, { source: "flags", settings: own }]);
}

/** The data that is named, or else that of the run that is continued or branched from, or else the usual. */
function datasetOf(flags: TrainFlags, { run: before, base }: StartingPoint): Dataset {
  if (flags.data !== undefined) return openDataset(flags.data);
  if (before !== null) return recordedDataset(base.source, before);
  return openDataset(isOrganism(flags) ? organismData : narrowData);
}

function hasWeights(folder: string): boolean {
  return readdirSync(folder).some((name) => name.endsWith(".safetensors"));
}

async function opened(folder: string, flags: TrainFlags, { run: before }: StartingPoint): Promise<Model> {
  return openModel(folder, await openEngine(flags), { chatTemplate: chatTemplateOf(flags, before) });
}
