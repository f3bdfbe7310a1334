import { trainingDefaults } from "../flags/choices.js";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { readModelConfig } from "../../model/config/configJson.js";
import { openModel, type Model } from "../../model/model.js";
import { openDataset } from "../../pipeline/data/openDataset.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { conversationsOf } from "../../pipeline/training/conversations.js";
import { pairedDataset, withControl } from "../../pipeline/training/pairedControl.js";
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
import { withKlDataset } from "../../pipeline/data/klDataset.js";
import { withVectorFiles } from "../../pipeline/directions/trainingVectors.js";
import { resolveSettings } from "../../train/recipes/resolve.js";
import { layered, type Settings } from "../../train/recipes/settings.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { readSettingsFile } from "../open/settingsFile.js";
import { settingsOfFlags } from "../open/settings.js";
import type { SettingsFlags } from "../flags/trainFlags.js";
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
  readonly vector?: boolean;
  readonly from?: string;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly disposition?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function run(directory: string, flags: TrainFlags): Promise<void> {
  const start = startOf(directory, flags);
  const folder = flags.model ?? start.run?.baseModel.path ?? organismFolder();
  const dataset = datasetOf(flags, start);
  // A plan needs the shapes only; without weights nothing is measured.
  const model = flags.dryRun === true && !hasWeights(folder) ? null : await opened(folder, flags, start);
  const modelConfig = model?.config ?? readModelConfig(folder);
  const { paired: pairedInFile, ...settings } = settingsOver(flags, start);
  const conversations = (): number => conversationsOf(dataset, model, settings);
  const target = { layers: modelConfig.layers, conversations };
  const config = withVectorFiles(withKlDataset(resolveSettings(settings, target, "training")));
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
  if (flags.vector === true) return isOrganism(flags) ? "vector" : "steering-vector";
  return isOrganism(flags) ? trainingDefaults.organismRecipe : trainingDefaults.modelRecipe;
}

/** The settings of the start, over these the file's, over these the flags'. */
function settingsOver(flags: TrainFlags, { base }: StartingPoint): Settings {
  const below = [base, ...(flags.config === undefined ? [] : [readSettingsFile(flags.config)])];
  const own = settingsOfFlags(flags, layered(below));
  if (flags.full === true) own.method = "full";
  if (flags.vector === true) own.method = "vector";
  return layered([...below, { source: "flags", settings: own }]);
}

/** The data that is named, or else that of the run that is continued or branched from, or else the usual. */
function datasetOf(flags: TrainFlags, { run: before, base }: StartingPoint): Dataset {
  if (flags.data !== undefined) return openDataset(flags.data);
  if (before !== null) return recordedDataset(base.source, before);
  return openDataset(isOrganism(flags) ? trainingDefaults.organismData : trainingDefaults.narrowData);
}

function hasWeights(folder: string): boolean {
  return readdirSync(folder).some((name) => name.endsWith(".safetensors"));
}

async function opened(folder: string, flags: TrainFlags, { run: before }: StartingPoint): Promise<Model> {
  return openModel(folder, await openEngine(flags), { chatTemplate: chatTemplateOf(flags, before) });
}
