import { basename } from "node:path";
import { unchanged, type Branch, type BranchedRun } from "../../analysis/branches/branchRecord.js";
import { answersByQuestion } from "../../analysis/behavior/questionResampling.js";
import { answerRates } from "../../analysis/behavior/rates.js";
import { usualTransition } from "../../analysis/usualTransitions.js";
import { isTurncoatError, orNull } from "../../errors.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { readEvaluations } from "../../runs/evaluations.js";
import { openRun } from "../../runs/openRun.js";
import { nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { evaluateRun } from "../evaluation/evaluateRun.js";
import type { PlannedQuestions } from "../evaluation/evaluationPlans.js";
import { analyzeRun } from "../report/analyzeRun.js";
import { readBranches, writeBranches, type RunBranches } from "../results/branchResult.js";
import type { BranchParent } from "./branchParent.js";
import { plannedBranches, type BranchGrid, type PlannedBranch } from "./branchPlan.js";
import { makeBranch, repeatRun } from "./makeBranch.js";

/** Name of the evaluation that every branch, and the run itself, is asked under. */
export const branchEvaluation = "branches";

/** Request to go on from steps of runs with changes, and to ask what became of it. */
export interface BranchStudyRequest extends BranchGrid {
  readonly questions: PlannedQuestions;
  readonly judge: Judge;
  /** Called as a branch is trained and asked. */
  readonly onProgress?: (progress: {
    /** Branches that are done, and all of them. */
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
  /** Receives what a person should know, one line each. */
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What came of a study of branches. */
export interface BranchStudyOutcome {
  readonly found: RunBranches;
  readonly status: "finished" | "interrupted";
}

/**
 * Goes on from steps of runs with each change, asks every branch at its end the same questions with the same random numbers,
 * and keeps what became of them with each of the runs. A branch that is there is not made again. One that fails does not end
 * the others.
 */
export async function branchStudy(request: BranchStudyRequest): Promise<BranchStudyOutcome> {
  const { parents, steps, interventions, questions, judge, onNote, signal } = request;
  const planned = plannedBranches(request);
  const faults: string[] = [];
  const branches: Branch[] = [];
  const repeats = new Map<string, NonNullable<BranchedRun["repeat"]>>();
  const total = planned.length + parents.length;
  let done = 0;
  const tell = (note: string): void => request.onProgress?.({ done, total, note });
  for (const parent of parents) {
    if (signal?.aborted === true) break;
    const from = Math.max(...steps);
    const repeat = await repeatRun(parent, from, {
      signal,
      onStep: ({ step, steps: last }) => tell(`${parent.name} again from ${from}: step ${step}/${last}`),
    });
    if (repeat !== null) repeats.set(parent.name, repeat);
    if (repeat?.isEqual === false) {
      onNote?.(
        `${parent.directory}: trained again from step ${from} without a change it ends with other bytes: differences below include what this machine does otherwise`,
      );
    }
    done++;
  }
  for (const branch of planned) {
    if (signal?.aborted === true) break;
    try {
      const made = await madeAndAsked(branch, request, tell);
      if (made !== null) branches.push(made);
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      const line = `${basename(branch.parent.folder)}/${basename(branch.directory)}: ${error.message}`;
      faults.push(line);
      onNote?.(line);
    }
    done++;
  }
  const runs = await Promise.all(
    parents.map(async (parent): Promise<BranchedRun> => ({
      name: parent.name,
      transition: await turnOf(parent),
      repeat: repeats.get(parent.name) ?? null,
    })),
  );
  const found = merged(
    {
      questions: questions.plan.questions.map(({ id, breadth }) => ({ id, breadth })),
      samples: questions.plan.samplesPerQuestion,
      judge: JSON.stringify(judge.description),
      last: Math.max(...parents.map(({ last }) => last)),
      interventions: [
        { name: unchanged, words: "no change" },
        ...interventions.map(({ name, words }) => ({ name, words })),
      ],
      runs,
      branches,
      faults,
    },
    parents,
  );
  for (const { directory } of parents) writeBranches(directory, found);
  return { found, status: signal?.aborted === true ? "interrupted" : "finished" };
}

/** Trains and asks a branch; null where it was interrupted. */
async function madeAndAsked(
  branch: PlannedBranch,
  { questions, judge, signal, onNote }: BranchStudyRequest,
  tell: (note: string) => void,
): Promise<Branch | null> {
  const { parent, intervention, from, order, directory, isRunItself } = branch;
  const what = intervention?.name ?? unchanged;
  if (!isRunItself) {
    const status = await makeBranch(branch, {
      signal,
      onStep: ({ step, steps }) => tell(`${parent.name} ${what} from ${from}: step ${step}/${steps}`),
    });
    if (status === "interrupted") return null;
  }
  const last = openRun(directory).checkpoints.at(-1)?.step;
  const answers = await evaluateRun({
    run: directory,
    name: branchEvaluation,
    model: parent.model,
    judge,
    plan: questions.plan,
    questionsFrom: questions.from,
    isStepWanted: (step) => step === last,
    onProgress: (progress) =>
      tell(`${parent.name} ${what} from ${from}: answer ${progress.done}/${progress.total}`),
    onNote: (line) => onNote?.(`${basename(directory)}: ${line}`),
    ...(signal === undefined ? {} : { signal }),
  });
  if (signal?.aborted === true) return null;
  const [evaluation] = readEvaluations({ directory }, branchEvaluation);
  const nullAlignment = nullAlignmentOf(evaluation);
  const groups = answersByQuestion(answers.filter(({ step }) => step === last));
  const percents = (which: "em" | "coherent"): number[] =>
    questions.plan.questions.map(
      ({ id }) => answerRates(groups.get(id) ?? [], { nullAlignment })[which].percent,
    );
  return {
    run: parent.name,
    intervention: what,
    ...{ from, order, em: percents("em"), coherent: percents("coherent") },
  };
}

/** The step at which the direction of a run turns. */
async function turnOf({ directory }: BranchParent): Promise<BranchedRun["transition"]> {
  const { analysis } = await analyzeRun(directory);
  const found = usualTransition(analysis, "rotation");
  return found === undefined ? null : { step: found.step, interval: [found.interval[0], found.interval[1]] };
}

/** Adds branches of other changes that the runs were studied with before, where they were asked the same. */
function merged(found: RunBranches, parents: readonly BranchParent[]): RunBranches {
  const branches = [...found.branches];
  const interventions = new Map(found.interventions.map((each) => [each.name, each]));
  const names = new Set(found.runs.map(({ name }) => name));
  const key = ({ run, intervention, from, order }: Branch): string =>
    JSON.stringify([run, intervention, from, order]);
  const known = new Set(branches.map(key));
  for (const { directory } of parents) {
    const before = orNull(() => readBranches(directory));
    const isAlike =
      before !== null &&
      before.samples === found.samples &&
      before.judge === found.judge &&
      JSON.stringify(before.questions) === JSON.stringify(found.questions);
    if (!isAlike) continue;
    for (const branch of before.branches) {
      if (!names.has(branch.run) || known.has(key(branch))) continue;
      known.add(key(branch));
      branches.push(branch);
    }
    for (const each of before.interventions)
      if (branches.some(({ intervention }) => intervention === each.name) && !interventions.has(each.name))
        interventions.set(each.name, each);
  }
  return { ...found, branches, interventions: [...interventions.values()] };
}
