import type { Direction } from "../../analysis/directions/direction.js";
import { interventionSentences } from "../../analysis/interventions/interventionWords.js";
import type { InterventionRow } from "../../analysis/interventions/interventionRows.js";
import { cosineBetween } from "../../analysis/linalg/innerProduct.js";
import { scalarTest } from "../../analysis/scalars/scalarTest.js";
import { scalarTestSummary, type ScalarTestSummary } from "../../analysis/scalars/scalarTestSummary.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { layerOf } from "../../formats/modulePath.js";
import type { LoraModule } from "../../formats/peft.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { directionSet, type DirectionSet } from "../directions/directionSets.js";
import { directionCosines, type DirectionCosines } from "../directions/directionTables.js";
import { keepDirections } from "../directions/keepDirections.js";
import { storedDirections } from "../directions/runDirections.js";
import type { PlannedQuestions } from "../evaluation/evaluationPlans.js";
import { findAnswerDirections } from "../measurement/findAnswerDirections.js";
import { readRunScalars, runScalars, writeRunScalars } from "../measurement/runScalars.js";
import { ablateConditions, possibleWays, writesIntoStream } from "./ablateConditions.js";
import { adapterOf, lastStep, runLabel, untouchedModel, type PlannedCondition } from "./plannedConditions.js";
import { directionSettings, interventionTable, runInterventions } from "./runInterventions.js";
import { scaleConditions, type ModuleFactors } from "./scaleConditions.js";
import { steerConditions } from "./steerConditions.js";

/** Name of the direction that is reported, from misaligned less aligned answers. */
const reported = "answers";

/** A run that is reported, and the questions that it is asked. */
export interface ReportedRun {
  readonly run: RunSource;
  readonly questions: PlannedQuestions;
}

/** Request for the tables of the paper about a run and others of the same base. */
export interface DirectionReportRequest extends ReportedRun {
  readonly others: readonly ReportedRun[];
  readonly model: Model;
  readonly judge: Judge;
  /** Lengths of steering, in shares of the residual norm. */
  readonly strengths: readonly number[];
  /** Random draws beside each intervention. */
  readonly draws: number;
  readonly seed: number;
  /** Repeats of the scalars' classification. */
  readonly repeats: number;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Interventions of a report: their rows, in sentences too. */
export interface ReportedInterventions {
  readonly name: string;
  readonly rows: readonly InterventionRow[];
  readonly sentences: readonly string[];
}

/** What 2506.11618 tabulates, about runs at hand. */
export interface DirectionReport {
  readonly directions: readonly {
    readonly run: string;
    readonly step: number;
    readonly layers: readonly Direction[];
  }[];
  /** Null for one run alone. */
  readonly cosines: DirectionCosines | null;
  /** Cosines of what rank-1 adapters of the run write with its direction at their layer. */
  readonly outputs: readonly { readonly modulePath: string; readonly cosine: number }[];
  readonly steering: ReportedInterventions;
  readonly ablation: ReportedInterventions;
  /** Tests by tokens and by answers; null where the run has no adapters. */
  readonly scalars: readonly ScalarTestSummary[] | null;
  /** Null where the run has adapters in fewer than two layers. */
  readonly scaling: ReportedInterventions | null;
}

/**
 * Measures what *Convergent Linear Representations of Emergent Misalignment* (2506.11618) tabulates, and takes what the runs
 * keep already: the mean difference of each run's answers as its last step reads them, cosines between runs, steering of the
 * base, ablation of the run and of the others, a classification by adapter scalars, and single adapters scaled. Everything is
 * kept with the run, so that the same request goes on where it was interrupted.
 *
 * @returns null where the signal ended it
 * @throws TurncoatError where a run holds too few judged answers of a kind, or answers were made otherwise
 */
export async function directionReport(request: DirectionReportRequest): Promise<DirectionReport | null> {
  const { questions, model, draws, seed, signal } = request;
  const run = runOf(request.run);
  const others = request.others.map((other) => ({ ...other, run: runOf(other.run) }));
  const isOver = (): boolean => signal?.aborted === true;
  const last = lastStep(run);
  const sets: { name: string; set: DirectionSet }[] = [];
  for (const each of [run, ...others.map((other) => other.run)]) {
    sets.push({ name: runLabel(each), set: await reportedDirection(each, request) });
    if (isOver()) return null;
  }
  const set = sets[0]?.set;
  if (set === undefined) throw new Error("directionReport: no direction");
  const intervene = async (kind: string, on: UntouchedStep, planned: readonly PlannedCondition[]) => {
    const name = `${kind}-${reported}-on-${on}`;
    const settings = { kind, ...directionSettings(set), on, randomSeed: seed };
    await asked(request, name, settings, planned, kind);
    return reportedRows(run, name, kind);
  };
  const { layers } = model.config;
  const { conditions } = await steerConditions({
    ...{ run, model, set, draws, seed, strengths: request.strengths, on: "base" },
    questions: questions.plan.questions,
  });
  const steering = await intervene("steer", "base", conditions);
  if (isOver()) return null;
  const modules = modulesOf(run);
  const ablated = others.map((other) => ({
    run: other.run,
    on: lastStep(other.run),
    plan: other.questions.plan,
  }));
  const isWritten = ({ modulePath }: LoraModule): boolean => writesIntoStream(modulePath, set);
  const ablation = await intervene(
    "ablate",
    last,
    ablateConditions({
      ...{ source: run, set, layer: set.layer, layers, draws, seed },
      runs: [{ run, on: last }, ...ablated],
      ways: possibleWays(set, layers),
      fromB: [modules, ...others.map((other) => modulesOf(other.run))].every((each) => each.some(isWritten)),
    }),
  );
  if (isOver()) return null;
  return {
    directions: sets.map(({ name, set: own }) => ({ run: name, step: own.step, layers: own.layers })),
    cosines: sets.length < 2 ? null : directionCosines(sets),
    outputs: modules
      .filter((module) => module.rank === 1 && isWritten(module))
      .map(({ modulePath, loraB }) => ({
        modulePath,
        cosine: cosineBetween(
          loraB,
          set.layers.find(({ layer }) => layer === layerOf(modulePath))?.vector ?? new Float32Array(),
        ),
      })),
    steering,
    ablation,
    scalars: modules.length === 0 ? null : await reportedScalars(request, last),
    scaling: await reportedScaling(request, modules, last),
  };
}

type UntouchedStep = "base" | number;

/** The run's own direction, made of its answers as its last step reads them; found where it is not kept yet. */
async function reportedDirection(
  run: Run,
  { model, seed, onProgress }: DirectionReportRequest,
): Promise<DirectionSet> {
  const step = lastStep(run);
  const isKept = storedDirections(run.directory).some(
    ({ id, steps, layers }) =>
      id === reported && steps.includes(step) && layers.length === model.config.layers,
  );
  if (!isKept) {
    const { checkpoint, scale } = untouchedModel(run, step);
    const opened = openCheckpoint(model, checkpoint.path, scale);
    const found = await findAnswerDirections({
      ...{ name: reported, opened, step, run, from: runLabel(run), seed },
      weighting: "tokens",
      onProgress: ({ done, total }) => onProgress?.(`direction of ${runLabel(run)}`, done, total),
    }).finally(() => opened.dispose());
    keepDirections(run.directory, found, { isReplacing: false });
  }
  return directionSet(run, model.config.hiddenSize, { direction: reported, step });
}

/** The run's adapters; none where its weights were trained. */
function modulesOf(run: Run): readonly LoraModule[] {
  const { checkpoint } = untouchedModel(run, lastStep(run));
  return checkpointKind(checkpoint.path) === "weights" ? [] : adapterOf(checkpoint);
}

async function asked(
  { run, model, judge, questions, onProgress, onNote, signal }: DirectionReportRequest,
  name: string,
  settings: Parameters<typeof runInterventions>[0]["settings"],
  conditions: readonly PlannedCondition[],
  what: string,
): Promise<void> {
  await runInterventions({
    ...{ run, name, model, judge, questions, settings, conditions },
    onProgress: ({ done, total }) => onProgress?.(what, done, total),
    ...(onNote === undefined ? {} : { onNote }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function reportedRows(run: RunSource, name: string, kind: string): ReportedInterventions {
  const { rows } = interventionTable(run, name);
  return { name, rows, sentences: interventionSentences(rows, kind) };
}

async function reportedScalars(
  { run, model, seed, repeats, onProgress }: DirectionReportRequest,
  step: number,
): Promise<readonly ScalarTestSummary[]> {
  const kept = readRunScalars(run);
  const isOfStep = kept?.aligned.metadata.step === String(step);
  const made =
    kept !== undefined && isOfStep
      ? kept
      : await runScalars({
          ...{ run, model, step, seed },
          onProgress: ({ done, total }) => onProgress?.("scalars", done, total),
        });
  if (!isOfStep) writeRunScalars(run, { ...made, step });
  return (["token", "answer"] as const).map((by) =>
    scalarTestSummary(
      scalarTest(made.aligned, made.misaligned, {
        ...{ by, split: "answer", repeats, seed },
        onRepeat: (done, total) => onProgress?.(`classification by ${by}s`, done, total),
      }),
    ),
  );
}

/** Each layer's adapters left out, and alone at three times their size. */
async function reportedScaling(
  request: DirectionReportRequest,
  modules: readonly LoraModule[],
  step: number,
): Promise<ReportedInterventions | null> {
  const { run, draws, seed } = request;
  const layers = [...new Set(modules.flatMap(({ modulePath }) => layerOf(modulePath) ?? []))];
  if (layers.length < 2) return null;
  const casesOf = (factor: number, others: number): readonly ModuleFactors[] =>
    layers.map((layer) => ({
      text: others === 1 ? `${layer}=${factor}` : `${layer}=${factor},others=${others}`,
      named: [{ name: String(layer), factor }],
      others,
    }));
  const settings = { kind: "scale", step, randomSeed: seed };
  const name = `scale-layers-on-${step}`;
  // What is left out writes nothing, along random directions either.
  const leftOut = scaleConditions({ run, step, cases: casesOf(0, 1), draws: 0, seed });
  const alone = scaleConditions({ run, step, cases: casesOf(3, 0), draws, seed });
  const isOwn = ({ condition: { kind } }: PlannedCondition): boolean =>
    kind === "intervention" || kind === "random";
  await asked(request, name, settings, [...leftOut, ...alone.filter(isOwn)], "scale");
  return reportedRows(run, name, "scale");
}
