import { basename } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { openProbeJudge } from "../../evaluate/judge/probeJudge.js";
import { readProbeJudge } from "../../evaluate/judge/probeJudgeFile.js";
import { openModel, type Model } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { openRun } from "../../runs/openRun.js";
import type { Dataset } from "../../train/data/dataset.js";
import type { Engine } from "../../tensor/program.js";
import { resolveSettings } from "../../train/recipes/resolve.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { openDataset } from "../data/openDataset.js";
import { evaluateRun } from "../evaluation/evaluateRun.js";
import { measureLikelihood, readPairs, sha256OfPairs } from "../measurement/measureLikelihood.js";
import { keptResults } from "../results/keptResults.js";
import { conversationsOf } from "../training/conversations.js";
import { checkPaired } from "../training/pairedControl.js";
import { trainMissing } from "../training/trainMissing.js";
import { findStudyDirections, keepStudyAnalysis } from "./studyDirections.js";
import { readPrompts } from "./studyDisposition.js";
import type { StudyCell, StudyPair, StudyRun } from "./studyCells.js";
import { cellSettings } from "./studyPlan.js";
import { studyQuestions } from "./studyQuestions.js";
import { studyPath, wantedSteps, type Study } from "./studyFile.js";

/** What is under way in a study. */
export interface StudyProgress {
  readonly stage: "training" | "likelihood" | "prompts" | "answers" | "directions" | "analysis";
  /** Name of the run. */
  readonly run: string;
  readonly done: number;
  readonly total: number;
}

/** Who hears of the work on a study, and who may end it. */
export interface StudyEvents {
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Called when a run is done or has failed for good. */
  readonly onRunEnd?: (run: string) => void;
  /** Receives what a person should know, one line each. */
  readonly onNote?: (line: string) => void;
  /** Ends a training at a checkpoint, and everything else after what is under way. */
  readonly signal?: AbortSignal;
}

/** What the runs of a study are made with. */
export interface StudyWorkRequest {
  readonly study: Study;
  readonly engine: Engine;
  /** Folder of models, questions and probes that are not beside the study. @default none */
  readonly files?: string;
}

/** The work of a study, run by run, with data, model, personas and judge kept open between them. */
export class StudyWork {
  readonly #request: StudyWorkRequest;
  readonly #datasets = new Map<string, Dataset>();
  /** Personas by model folder: runs of one base have the same. */
  readonly #personas = new Map<string, DirectionSet>();
  #opened: Model | null = null;
  #judge: Judge | null = null;

  constructor(request: StudyWorkRequest) {
    this.#request = request;
  }

  /** Does what is missing of a run: its training, then what follows it. */
  async of(run: StudyRun, events: StudyEvents = {}): Promise<"done" | "interrupted"> {
    const { signal } = events;
    const { cell, directory, pair } = run;
    const model = this.#modelOf(cell);
    if ((await this.#train(run, model, events)) === "interrupted") return "interrupted";
    const following = [
      () => this.#measure(directory, model, events),
      () => this.#read(directory, model, events),
      () => this.#ask(directory, pair, model, events),
      () => this.#find(run, model, events),
      () => this.#analyze(directory, events),
    ];
    for (const follow of following) {
      await follow();
      if (signal?.aborted === true) return "interrupted";
    }
    return "done";
  }

  async #train(run: StudyRun, model: Model, events: StudyEvents): Promise<"finished" | "interrupted"> {
    const { cell, pair, directory, isControl } = run;
    const { harmful, control } = cell.data;
    const [dataset, paired] = [this.#dataset(harmful), this.#dataset(control)];
    checkPaired(dataset, paired);
    // Each by itself, so that the same file makes the same bytes whatever else it asks for.
    return trainMissing({
      directory,
      dataset: isControl ? paired : dataset,
      ...(isControl ? {} : { control: basename(pair.control) }),
      config: { ...this.#configOf(cell, model), seed: pair.seed },
      preset: cell.recipe.recipe,
      model,
      ...(events.signal === undefined ? {} : { signal: events.signal }),
      onStep: ({ step, steps }) => tell(events, "training", directory, step, steps),
    });
  }

  async #measure(directory: string, model: Model, events: StudyEvents): Promise<void> {
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
      onProgress: ({ done, total }) => tell(events, "likelihood", directory, done, total),
      signal: events.signal,
    });
  }

  async #read(directory: string, model: Model, events: StudyEvents): Promise<void> {
    const wanted = this.#request.study.disposition;
    if (wanted === undefined) return;
    await readPrompts(directory, model, wanted, {
      personas: this.#personas,
      source: wanted.questions === undefined ? undefined : this.#path(wanted.questions),
      onProgress: ({ done, total }) => tell(events, "prompts", directory, done, total),
      signal: events.signal,
    });
  }

  async #ask(directory: string, { seed }: StudyPair, model: Model, events: StudyEvents): Promise<void> {
    const { answers, judge } = this.#request.study;
    const last = openRun(directory).checkpoints.at(-1)?.step ?? 0;
    for (const [name, wanted] of Object.entries(answers)) {
      const { steps, seeds } = wanted;
      if (seeds?.includes(seed) === false) continue;
      if (judge === undefined) {
        throw new TurncoatError(`${this.#request.study.source}: answers: expected a judge, found none`, {
          hint: 'Name one: "judge: { probe: judge.json, folder: SmolLM2-135M-Instruct }".',
        });
      }
      const { plan, from } = studyQuestions(this.#request.study, wanted, {
        dataset: openRun(directory).manifest?.dataset.name ?? "",
        files: this.#request.files,
      });
      await evaluateRun({
        run: directory,
        name,
        model,
        judge: this.#judgeOf(judge),
        plan,
        questionsFrom: from,
        isStepWanted: wantedSteps(steps, last),
        onProgress: ({ done, total }) => tell(events, "answers", directory, done, total),
        onNote: (line) => events.onNote?.(`${basename(directory)}: ${line}`),
        signal: events.signal,
      });
    }
  }

  async #find({ directory, isControl }: StudyRun, model: Model, events: StudyEvents): Promise<void> {
    if (isControl) return;
    await findStudyDirections(directory, model, this.#request.study.directions, {
      onProgress: ({ done, total }) => tell(events, "directions", directory, done, total),
      onNote: (line) => events.onNote?.(`${basename(directory)}: ${line}`),
    });
  }

  async #analyze(directory: string, events: StudyEvents): Promise<void> {
    if (!this.#request.study.analysis) return;
    tell(events, "analysis", directory, 0, 1);
    await keepStudyAnalysis(directory);
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

  #configOf(cell: StudyCell, model: Model): TrainConfig {
    const { study } = this.#request;
    const settings = cellSettings(study, cell);
    const conversations = (): number => conversationsOf(this.#dataset(cell.data.harmful), model, settings);
    return resolveSettings(settings, { layers: model.config.layers, conversations }, study.source);
  }

  #dataset(named: string): Dataset {
    const known = this.#datasets.get(named) ?? openDataset(this.#path(named));
    this.#datasets.set(named, known);
    return known;
  }

  #path(named: string): string {
    return studyPath(this.#request.study, named, this.#request.files);
  }
}

function tell(
  { onProgress }: StudyEvents,
  stage: StudyProgress["stage"],
  directory: string,
  done: number,
  total: number,
): void {
  onProgress?.({ stage, run: basename(directory), done, total });
}
