import { existsSync } from "node:fs";
import { isTurncoatError } from "../../errors.js";
import { askedOf } from "../../evaluate/sampling/answerSource.js";
import { median } from "../../analysis/statistics/quantile.js";
import { readModelConfig } from "../../model/config/configJson.js";
import { listRuns } from "../../runs/runCatalog.js";
import { conversationsOfStep, keptForm, staysFull, type TrainConfig } from "../../train/trainConfig.js";
import { resolveSettings } from "../../train/recipes/resolve.js";
import { openDataset } from "../data/openDataset.js";
import { conversationsOf } from "../training/conversations.js";
import { planTraining } from "../training/plan.js";
import { keptPaces, type KeptPace } from "./keptPace.js";
import { studyRuns, type StudyRun } from "./studyCells.js";
import { studyPath, wantedSteps, type Study } from "./studyFile.js";
import { cellSettings } from "./studyPlan.js";
import { studyQuestions } from "./studyQuestions.js";
import { studyStatus, type StudyRunStatus } from "./studyStatus.js";

/** What is left to do of one run of a study, and what that takes. */
export interface StudyRunCost {
  readonly run: string;
  /** Steps of the whole training, and of them those that are left. */
  readonly steps: number;
  readonly stepsLeft: number;
  readonly rowsPerStep: number;
  /** Checkpoints beside step 0. */
  readonly checkpoints: number;
  /** Bytes of weights and optimiser states that the whole training keeps; logs and answers come on top. */
  readonly bytes: number;
  /** Answers of all evaluations, and of them those that are not there. */
  readonly answers: number;
  readonly answersLeft: number;
  /** Seconds of the steps and answers that are left, in one process; null where that cannot be told. */
  readonly seconds: number | null;
  /** The kept run from which they are told; null where there is none. */
  readonly pace: KeptPace | null;
}

/** What a study will take. */
export interface StudyCost {
  readonly runs: readonly StudyRunCost[];
  /** Why the cost of a run cannot be told, one line each, the same reason once. */
  readonly unknown: readonly string[];
  readonly total: {
    readonly stepsLeft: number;
    readonly answersLeft: number;
    /** Bytes of runs that are not trained to their end. */
    readonly bytes: number;
    /** Seconds of all runs of which they can be told; null where there is none. */
    readonly seconds: number | null;
    /** Runs with something left whose time cannot be told. */
    readonly untold: number;
  };
}

/** What all runs of a cell share. */
interface CellCost {
  readonly config: TrainConfig;
  readonly rowsPerStep: number;
  readonly checkpoints: readonly number[];
  readonly bytes: number;
  readonly pace: KeptPace | null;
}

/**
 * Says what is left to do of a study and what it takes: steps, rows, bytes and answers from its file, and the time from kept
 * runs of the same model and shape in its folder, where there are any. Nothing is trained, and no weights are opened.
 *
 * @param options.files folder of models and questions that are not beside the study
 */
export async function studyCost(
  study: Study,
  only: readonly string[] = [],
  { files }: { readonly files?: string | undefined } = {},
): Promise<StudyCost> {
  const status = new Map(studyStatus(study, only).map((each) => [each.run, each]));
  const kept = existsSync(study.runsRoot) ? [...listRuns({ runsRoot: study.runsRoot }).values()] : [];
  const cells = new Map<string, CellCost | null>();
  const unknown = new Set<string>();
  const runs: StudyRunCost[] = [];
  for (const run of studyRuns(study, only)) {
    const key = JSON.stringify([run.cell.model.name, run.cell.data.name, run.cell.recipe.name]);
    if (!cells.has(key)) cells.set(key, await cellCost(study, run, { files, kept, unknown }));
    const cell = cells.get(key) ?? null;
    if (cell !== null) runs.push(runCost(study, run, { cell, status: status.get(run.name), files, unknown }));
  }
  const left = runs.filter(({ stepsLeft, answersLeft }) => stepsLeft > 0 || answersLeft > 0);
  const told = left.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return {
    runs,
    unknown: [...unknown],
    total: {
      stepsLeft: sum(left.map(({ stepsLeft }) => stepsLeft)),
      answersLeft: sum(left.map(({ answersLeft }) => answersLeft)),
      bytes: sum(left.flatMap(({ bytes, stepsLeft }) => (stepsLeft > 0 ? [bytes] : []))),
      seconds: told.length === 0 && left.length > 0 ? null : sum(told),
      untold: left.length - told.length,
    },
  };
}

async function cellCost(
  study: Study,
  { cell, pair, name }: StudyRun,
  context: { files: string | undefined; kept: readonly string[]; unknown: Set<string> },
): Promise<CellCost | null> {
  const { files, kept, unknown } = context;
  try {
    const folder = studyPath(study, cell.model.folder, files);
    const modelConfig = readModelConfig(folder);
    const dataset = openDataset(studyPath(study, cell.data.harmful, files));
    const settings = cellSettings(study, cell);
    const target = {
      layers: modelConfig.layers,
      // Without a tokenizer, which would be read with the weights.
      conversations: () => conversationsOf(dataset, null, settings),
    };
    const config = { ...resolveSettings(settings, target, study.source), seed: pair.seed };
    const { checkpoints, bytes } = await planTraining({ config, modelConfig, dataset, model: null });
    const paces = keptPaces(kept, folder, config);
    return {
      ...{ config, checkpoints, bytes: bytes.total },
      rowsPerStep: conversationsOfStep(config),
      pace: middle(paces),
    };
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    unknown.add(`${name} and others of its kind: ${error.message}`);
    return null;
  }
}

/** The run that was made at the median pace. */
function middle(paces: readonly KeptPace[]): KeptPace | null {
  const usual = median(paces.map(({ secondsPerStep }) => secondsPerStep));
  const distance = ({ secondsPerStep }: KeptPace): number => Math.abs(secondsPerStep - usual);
  return paces.toSorted((one, other) => distance(one) - distance(other))[0] ?? null;
}

function runCost(
  study: Study,
  run: StudyRun,
  about: {
    readonly cell: CellCost;
    readonly status: StudyRunStatus | undefined;
    readonly files: string | undefined;
    readonly unknown: Set<string>;
  },
): StudyRunCost {
  const { cell, status } = about;
  const { config, pace } = cell;
  const { steps } = config;
  const isTrained = status?.training === "finished";
  const stepsLeft = isTrained ? 0 : Math.max(0, steps - (status?.step ?? 0));
  const asked = answersOf(study, run, about);
  const left = Object.entries(asked).map(([name, count]) => ({
    name,
    count: Math.max(0, count - (status?.answers[name] ?? 0)),
  }));
  const answersLeft = sum(left.map(({ count }) => count));
  return {
    run: run.name,
    ...{ steps, stepsLeft, rowsPerStep: cell.rowsPerStep, checkpoints: cell.checkpoints.length },
    bytes: cell.bytes,
    answers: sum(Object.values(asked)),
    answersLeft,
    seconds: pace === null ? null : secondsOf(pace, stepsLeft, left),
    pace,
  };
}

/** Seconds of steps and answers; null where the kept run was not asked the same. */
function secondsOf(
  { secondsPerStep, secondsPerAnswer }: KeptPace,
  steps: number,
  answers: readonly { readonly name: string; readonly count: number }[],
): number | null {
  const asking = answers.map(({ name, count }) =>
    count === 0 ? 0 : (secondsPerAnswer[name] ?? NaN) * count,
  );
  const seconds = steps * secondsPerStep + sum(asking);
  return Number.isFinite(seconds) ? seconds : null;
}

/** Number of answers of each evaluation of a run. */
function answersOf(
  study: Study,
  { cell, pair, isControl, name: run }: StudyRun,
  about: { readonly cell: CellCost; readonly files: string | undefined; readonly unknown: Set<string> },
): Record<string, number> {
  const { files, unknown } = about;
  const { config, checkpoints } = about.cell;
  // At other steps the weights are not kept.
  const kept = [0, ...checkpoints].filter(
    (step) => keptForm(config) !== "directions" || step === config.steps || staysFull(config, step),
  );
  return Object.fromEntries(
    Object.entries(study.answers).flatMap(([name, wanted]): (readonly [string, number])[] => {
      if (wanted.seeds?.includes(pair.seed) === false) return [];
      try {
        const dataset = openDataset(
          studyPath(study, isControl ? cell.data.control : cell.data.harmful, files),
        );
        const { plan } = studyQuestions(study, wanted, { dataset: dataset.name, files });
        const steps = kept.filter(wantedSteps(wanted.steps, config.steps)).length;
        return [[name, steps * plan.scales.length * askedOf(plan).length]];
      } catch (error) {
        if (!isTurncoatError(error)) throw error;
        unknown.add(`answers ${name} of ${run} and others: ${error.message}`);
        return [];
      }
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
