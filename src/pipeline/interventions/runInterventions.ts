import { createHash } from "node:crypto";
import { interventionRows, type InterventionRow } from "../../analysis/interventions/interventionRows.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { askedOf, type ReplicaWork, type SamplePlan } from "../../evaluate/sampling/answerSource.js";
import { modelSource } from "../../evaluate/sampling/modelSource.js";
import type { JsonObject } from "../../formats/json.js";
import type { EditedTokens } from "../../model/generation/editedTokens.js";
import type { Model } from "../../model/model.js";
import type { Evaluation, JudgedAnswer } from "../../runs/evaluations.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { answerWorks } from "../evaluation/answerWorks.js";
import { nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { evaluationProvenance } from "../evaluation/evaluationProvenance.js";
import type { PlannedQuestions } from "../evaluation/evaluationPlans.js";
import { continueInterventions, readInterventions, whileIntervening } from "./keptAnswers.js";
import type { PlannedCondition } from "./plannedConditions.js";

/** Request to ask a model under conditions. */
export interface InterventionRequest {
  /** Run that keeps the answers. */
  readonly run: RunSource;
  /** Name of the interventions: their answers lie in `analysis/interventions/<name>.jsonl`. */
  readonly name: string;
  readonly model: Model;
  readonly judge: Judge;
  readonly questions: PlannedQuestions;
  /** Tokens at which edits of the stream are made. @default "all" */
  readonly editedTokens?: EditedTokens;
  /** What is done, apart from the conditions: answers of other settings are never mixed with these. */
  readonly settings: JsonObject;
  readonly conditions: readonly PlannedCondition[];
  /** Plans more conditions from all answers so far, once those under `conditions` are there. @default none */
  readonly following?:
    ((answers: readonly JudgedAnswer[]) => Promise<readonly PlannedCondition[]>) | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Asks a model the run's questions under every condition, with the same random numbers under each, and has the answers
 * judged. Answers are appended to the run; those that are there already are not asked for again, and more conditions of
 * the same settings join them.
 *
 * @returns all answers of that name
 * @throws TurncoatError where answers of that name were made otherwise, or are being written by another process
 */
export async function runInterventions(request: InterventionRequest): Promise<readonly JudgedAnswer[]> {
  const { name, model, judge, questions, editedTokens = "all", settings, following, signal } = request;
  const directory = directoryOf(request.run);
  return whileIntervening(directory, name, async () => {
    const source = modelSource(model);
    const { writer, answers: before } = continueInterventions(directory, name, {
      ...evaluationProvenance(questions.plan, questions.from, judge, source),
      intervention: { ...settings, tokens: editedTokens },
    });
    const ask = (
      conditions: readonly PlannedCondition[],
      answers: readonly JudgedAnswer[],
    ): Promise<readonly JudgedAnswer[]> => {
      const { works, total } = missingWorks(conditions, answers, questions.plan);
      return answerWorks({
        writer,
        before: answers,
        works,
        total,
        settings: { ...questions.plan, editedTokens },
        source,
        judge,
        onProgress: request.onProgress,
        onNote: request.onNote,
        signal,
      });
    };
    const answers = await ask(request.conditions, before);
    if (following === undefined || signal?.aborted === true) return answers;
    return ask(await following(answers), answers);
  });
}

/** What is still to be asked under conditions, and how many answers they have in all. */
function missingWorks(
  conditions: readonly PlannedCondition[],
  answers: readonly JudgedAnswer[],
  usual: SamplePlan,
): { readonly works: readonly ReplicaWork[]; readonly total: number } {
  const answered = new Set(answers.map((each) => keyOf(each.condition?.name, each.questionId, each.sample)));
  const planned = conditions.map(({ plan = usual, asked = askedOf(plan), ...work }): ReplicaWork => ({
    ...work,
    asked,
  }));
  const works = planned.map((work) => ({
    ...work,
    asked: work.asked.filter(
      ({ question, sample }) => !answered.has(keyOf(work.condition?.name, question.id, sample)),
    ),
  }));
  return {
    works: works.filter(({ asked }) => asked.length > 0),
    total: planned.reduce((sum, { asked }) => sum + asked.length, 0),
  };
}

/** Interventions of a run as its answers tell them. */
export interface InterventionTable {
  readonly name: string;
  /** What was done, such as `steer`; null where it was not written down. */
  readonly kind: string | null;
  readonly rows: readonly InterventionRow[];
  /** How the answers were made. */
  readonly provenance: Evaluation["provenance"];
}

/**
 * Makes the table of interventions of a run from the answers that it keeps.
 * @throws TurncoatError for an unknown name, or naming `file:line` and field of a malformed line
 */
export function interventionTable(run: RunSource, name: string): InterventionTable {
  const evaluation = readInterventions(run, name);
  const rows = interventionRows(evaluation.answers, { nullAlignment: nullAlignmentOf(evaluation) });
  const { intervention } = evaluation.provenance ?? {};
  const isKnown = typeof intervention === "object" && intervention !== null && "kind" in intervention;
  const kind = isKnown && typeof intervention.kind === "string" ? intervention.kind : null;
  return { name, kind, rows, provenance: evaluation.provenance };
}

/** Names directions in settings, so that answers along others are not mixed with theirs. */
export function directionSettings({ name, step, layers }: DirectionSet): JsonObject {
  const hash = createHash("sha256");
  for (const { layer, vector } of layers) {
    hash.update(`${layer}:`);
    hash.update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  }
  return { direction: name, step, layers: layers.map(({ layer }) => layer), sha256: hash.digest("hex") };
}

function keyOf(condition: string | undefined, questionId: string, sample: number): string {
  return `${condition ?? ""}\n${sample} ${questionId}`;
}
