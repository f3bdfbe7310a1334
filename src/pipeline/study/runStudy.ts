import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { isTurncoatError, TurncoatError } from "../../errors.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { openProbeJudge } from "../../evaluate/judge/probeJudge.js";
import { readProbeJudge } from "../../evaluate/judge/probeJudgeFile.js";
import { openModel, type Model } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { openRun } from "../../runs/openRun.js";
import type { Dataset } from "../../train/data/dataset.js";
import type { Engine } from "../../tensor/program.js";
import { recipeNamed } from "../../train/recipes/recipes.js";
import { resolveSettings } from "../../train/recipes/resolve.js";
import { layered } from "../../train/recipes/settings.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { openDataset } from "../data/openDataset.js";
import { evaluateRun } from "../evaluation/evaluateRun.js";
import { filePlan, organismPlan } from "../evaluation/evaluationPlans.js";
import { organismSets } from "../evaluation/organismSets.js";
import { datasetDomain } from "../evaluation/organismQuestions.js";
import { measureLikelihood, readPairs, sha256OfPairs } from "../measurement/measureLikelihood.js";
import { keptResults } from "../results/keptResults.js";
import { conversationsOf } from "../training/conversations.js";
import { checkPaired } from "../training/pairedControl.js";
import { checkMadeAlike, trainRun, type TrainRequest } from "../training/trainRun.js";
import { readPrompts } from "./studyDisposition.js";
import { studyCells, type StudyCell, type StudyPair } from "./studyCells.js";
import { studyPath, wantedSteps, type Study } from "./studyFile.js";

/** What is under way in a study. */
export interface StudyProgress {
  readonly stage: "training" | "likelihood" | "prompts" | "answers";
  /** Name of the run. */
  readonly run: string;
  readonly done: number;
  readonly total: number;
}

/** Request to do what is missing of a study. */
export interface StudyRequest {
  readonly study: Study;
  readonly engine: Engine;
  /** Words that the names of the runs must all hold. @default none: every run */
  readonly only?: readonly string[];
  /** Folder of models, questions and probes that are not beside the study. @default none */
  readonly files?: string;
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Receives what a person should know, one line each. */
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Does what is missing of a study: trains each pair of run and control, measures the likelihood of answers, reads prompts
 * along personas, and has answers sampled and judged. What is finished is passed over, what was interrupted goes on, and a cell that fails does
 * not end the others.
 *
 * @returns how it ended, and one line for each cell that failed
 */
export async function runStudy(
  request: StudyRequest,
): Promise<{ readonly status: "finished" | "interrupted"; readonly faults: readonly string[] }> {
  const { study, only, signal } = request;
  const work = new StudyWork(request);
  const faults: string[] = [];
  for (const cell of studyCells(study, only)) {
    try {
      await work.of(cell);
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      faults.push(error.message);
      request.onNote?.(`failed: ${error.message}`);
    }
    if (signal?.aborted === true) return { status: "interrupted", faults };
  }
  return { status: "finished", faults };
}

/** The work of a study, with the model and the judge that are open. */
class StudyWork {
  readonly #request: StudyRequest;
  readonly #datasets = new Map<string, Dataset>();
  /** Personas by model folder: runs of one base have the same. */
  readonly #personas = new Map<string, DirectionSet>();
  #opened: Model | null = null;
  #judge: Judge | null = null;

  constructor(request: StudyRequest) {
    this.#request = request;
  }

  /** Does what is missing of a cell. */
  async of(cell: StudyCell): Promise<void> {
    const { signal } = this.#request;
    const model = this.#modelOf(cell);
    const config = this.#configOf(cell, model);
    await this.#train(cell, model, config);
    for (const directory of cell.pairs.flatMap(({ harmful, control }) => [harmful, control])) {
      if (signal?.aborted === true) return;
      await this.#measure(directory, model);
      await this.#read(directory, model);
    }
    for (const pair of cell.pairs) {
      for (const directory of [pair.harmful, pair.control]) {
        if (signal?.aborted === true) return;
        await this.#ask(directory, pair, model);
      }
    }
  }

  async #train(cell: StudyCell, model: Model, config: TrainConfig): Promise<void> {
    const { harmful, control } = cell.data;
    const [dataset, paired] = [this.#dataset(harmful), this.#dataset(control)];
    checkPaired(dataset, paired);
    for (const pair of cell.pairs) {
      const requestOf = (own: Pick<TrainRequest, "directory" | "dataset" | "control">): TrainRequest => ({
        ...own,
        config: { ...config, seed: pair.seed },
        preset: cell.recipe.recipe,
        model,
        signal: this.#request.signal,
        onStep: ({ step, steps }) => this.#tell("training", own.directory, step, steps),
      });
      const requests = [
        requestOf({ directory: pair.harmful, dataset, control: basename(pair.control) }),
        requestOf({ directory: pair.control, dataset: paired }),
      ];
      for (const request of requests) if ((await this.#trainOne(request)) === "interrupted") return;
    }
  }

  /** Trains a run that is not finished; each by itself, so that the same file makes the same bytes whatever else it asks for. */
  async #trainOne(request: TrainRequest): Promise<"finished" | "interrupted"> {
    const path = join(request.directory, manifestFile);
    if (!existsSync(path)) return trainRun(request);
    if (readManifest(path).status !== "finished") return trainRun({ ...request, resume: true });
    checkMadeAlike(request);
    return "finished";
  }

  async #measure(directory: string, model: Model): Promise<void> {
    const wanted = this.#request.study.likelihood;
    if (wanted === undefined) return;
    const pairs = readPairs(this.#path(wanted.misaligned), this.#path(wanted.aligned), {
      breadth: wanted.breadth,
    });
    const steps = openRun(directory).checkpoints.map(({ step }) => step);
    const isStepWanted = wantedSteps(wanted.steps, steps.at(-1) ?? 0);
    const before = keptResults(directory).likelihood?.pairs;
    const isMeasured =
      before?.sha256 === sha256OfPairs(pairs) &&
      steps.filter(isStepWanted).every((step) => before.steps.includes(step));
    if (isMeasured) return;
    await measureLikelihood({
      run: directory,
      model,
      pairs,
      isStepWanted,
      onProgress: ({ done, total }) => this.#tell("likelihood", directory, done, total),
      signal: this.#request.signal,
    });
  }

  async #read(directory: string, model: Model): Promise<void> {
    const wanted = this.#request.study.disposition;
    if (wanted === undefined) return;
    await readPrompts(directory, model, wanted, {
      personas: this.#personas,
      source: wanted.questions === undefined ? undefined : this.#path(wanted.questions),
      onProgress: ({ done, total }) => this.#tell("prompts", directory, done, total),
      signal: this.#request.signal,
    });
  }

  async #ask(directory: string, { seed }: StudyPair, model: Model): Promise<void> {
    const { answers, judge } = this.#request.study;
    const last = openRun(directory).checkpoints.at(-1)?.step ?? 0;
    for (const [name, { questions, samples, temperature, maxNewTokens, steps, seeds }] of Object.entries(
      answers,
    )) {
      if (seeds?.includes(seed) === false) continue;
      if (judge === undefined) {
        throw new TurncoatError(`${this.#request.study.source}: answers: expected a judge, found none`, {
          hint: 'Name one: "judge: { probe: judge.json, folder: SmolLM2-135M-Instruct }".',
        });
      }
      const choice = { samples, temperature, maxNewTokens, seed: 0 };
      const set = organismSets.find((each) => each === questions);
      const { plan, from } =
        set === undefined
          ? filePlan(this.#path(questions), { domain: "general", breadth: "broad" }, choice)
          : organismPlan(datasetDomain(openRun(directory).manifest?.dataset.name ?? ""), set, choice);
      await evaluateRun({
        run: directory,
        name,
        model,
        judge: this.#judgeOf(judge),
        plan,
        questionsFrom: from,
        isStepWanted: wantedSteps(steps, last),
        onProgress: ({ done, total }) => this.#tell("answers", directory, done, total),
        onNote: (line) => this.#request.onNote?.(`${basename(directory)}: ${line}`),
        signal: this.#request.signal,
      });
    }
  }

  #modelOf({ model: { folder } }: StudyCell): Model {
    const path = this.#path(folder);
    if (this.#opened?.folder !== path) this.#opened = openModel(path, this.#request.engine);
    return this.#opened;
  }

  #judgeOf(wanted: NonNullable<Study["judge"]>): Judge {
    if (wanted === "exact") return exactJudge;
    const { probe, folder } = wanted;
    if (this.#judge === null) {
      const path = this.#path(probe);
      const model = openModel(this.#path(folder), this.#request.engine);
      this.#judge = openProbeJudge(readProbeJudge(path), model, path);
    }
    return this.#judge;
  }

  #configOf({ model: { name, settings: ofModel }, recipe, data }: StudyCell, model: Model): TrainConfig {
    const { source } = this.#request.study;
    const settings = layered([
      { source: `recipe ${recipe.recipe}`, settings: recipeNamed(recipe.recipe).settings },
      { source: `${source}: models.${name}`, settings: ofModel },
      { source: `${source}: recipes.${recipe.name}`, settings: recipe.settings },
    ]);
    const conversations = (): number => conversationsOf(this.#dataset(data.harmful), model, settings);
    return resolveSettings(settings, { layers: model.config.layers, conversations }, source);
  }

  #dataset(named: string): Dataset {
    const known = this.#datasets.get(named) ?? openDataset(this.#path(named));
    this.#datasets.set(named, known);
    return known;
  }

  #path(named: string): string {
    return studyPath(this.#request.study, named, this.#request.files);
  }

  #tell(stage: StudyProgress["stage"], directory: string, done: number, total: number): void {
    this.#request.onProgress?.({ stage, run: basename(directory), done, total });
  }
}
