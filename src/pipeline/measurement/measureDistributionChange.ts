import { usualScaleOf } from "../../analysis/behavior/behaviorCurve.js";
import {
  distributionChange,
  type DistributionChange,
  type DistributionChangeOptions,
} from "../../analysis/distribution/distributionChange.js";
import { judgedProperties } from "../../analysis/distribution/judgedProperties.js";
import { defaultWindow, neighboringWindows, type ScoredAnswer } from "../../analysis/distribution/windows.js";
import { TurncoatError } from "../../errors.js";
import { replicaLogProbabilities } from "../../evaluate/answerLogProbabilities.js";
import type { ChatMessage } from "../../formats/chat.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { openCheckpoints } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { readEvaluations, type Evaluation, type JudgedAnswer } from "../../runs/evaluations.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { directoryOf, type Checkpoint, runOf, type RunSource } from "../../runs/openRun.js";
import { curveEvaluation, nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { writeChange, type RunChange } from "../results/changeResult.js";
import { commandLine } from "../../hints.js";

/** Request to compare the answers of a run along training. */
export interface DistributionChangeRequest extends DistributionChangeOptions {
  readonly run: RunSource;
  readonly model: Model;
  /** The evaluation whose answers are scored. @default the one that the analysis takes behaviour from */
  readonly evaluation?: string;
  /** Factor on the adapter. @default 1, or the smallest that was evaluated */
  readonly scale?: number;
  /** Chooses checkpoints. @default all that answered */
  readonly isStepWanted?: (step: number) => boolean;
  /** The conversation up to an answer. @default the question as the only turn */
  readonly promptOf?: (answer: JudgedAnswer) => readonly ChatMessage[];
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Most checkpoints that run together: enough to fill a batch where each has few answers. */
const mostReplicas = 8;

/**
 * Follows how much the distribution of answers changes from one window of checkpoints to the next, and how much of
 * that a judged property sees (2508.20015). The answers are those that were sampled already; each is
 * scored by every checkpoint of the windows that it is part of. Writes the result into the run.
 *
 * Answers must have been sampled at temperature 1 from the whole distribution: only then is what was sampled as
 * probable as it is scored.
 *
 * @throws TurncoatError where there are no answers of four or more checkpoints, they were sampled in another way, or it
 *   was interrupted
 */
export function measureDistributionChange(request: DistributionChangeRequest): Promise<RunChange> {
  return whileMeasuring(directoryOf(request.run), "distribution", () => changeOf(request));
}

async function changeOf(request: DistributionChangeRequest): Promise<RunChange> {
  const { model, signal } = request;
  const run = runOf(request.run);
  const { directory } = run;
  const evaluation = chosenEvaluation(directory, request.evaluation);
  requirePlainSampling(directory, evaluation);
  const scale = request.scale ?? usualScaleOf(evaluation.answers);
  const stored = new Map(run.checkpoints.map((checkpoint) => [checkpoint.step, checkpoint]));
  const answers = evaluation.answers.filter(
    (answer) =>
      answer.scale === scale &&
      // What was not said has no probability.
      answer.noAnswer === undefined &&
      stored.has(answer.step) &&
      (request.isStepWanted?.(answer.step) ?? true),
  );
  const checkpoints = [...new Set(answers.map(({ step }) => step))]
    .sort((one, other) => one - other)
    .flatMap((step) => stored.get(step) ?? []);
  const steps = checkpoints.map(({ step }) => step);
  const window = request.window ?? defaultWindow(steps);
  if (neighboringWindows(steps, window).length === 0) {
    throw new TurncoatError(
      `${directory}: expected answers at checkpoints that cover two windows of ${window} steps, found ${steps.length} checkpoints`,
      {
        hint: `Ask more checkpoints with ${commandLine("evaluate", directory)}, or choose a shorter --window.`,
      },
    );
  }
  const limit = evaluation.provenance?.maxNewTokens;
  const chats = answers.map((answer) => {
    const prompt = request.promptOf?.(answer) ?? [{ role: "user" as const, content: answer.question }];
    const chat = model.tokenizer.encodeChat([...prompt, { role: "assistant", content: answer.answer }]);
    return typeof limit === "number" ? cutResponse(chat, limit) : chat;
  });
  const logProbabilities = await scoreAnswers({ model, checkpoints, scale, answers, chats, window, request });
  if (signal?.aborted === true) throw new TurncoatError(`${directory}: interrupted; nothing was written`);
  const rates = { nullAlignment: nullAlignmentOf(evaluation) };
  const positions = new Map(steps.map((step, position) => [step, position]));
  const ofBreadth = (breadth: "broad" | "narrow"): DistributionChange | null => {
    const own = answers.flatMap((answer, index) => (answer.breadth === breadth ? [index] : []));
    if (own.length === 0) return null;
    const scored = own.flatMap((index): ScoredAnswer[] => {
      const answer = answers[index];
      const scores = logProbabilities[index];
      if (answer === undefined || scores === undefined) return [];
      return [
        {
          questionId: answer.questionId,
          checkpoint: positions.get(answer.step) ?? NaN,
          logProbabilities: scores,
        },
      ];
    });
    const judged = judgedProperties(
      own.flatMap((index) => answers[index] ?? []),
      rates,
    );
    return distributionChange(steps, scored, judged, { ...request, window });
  };
  const result: RunChange = {
    formatVersion: 1,
    evaluation: evaluation.name,
    scale,
    broad: ofBreadth("broad"),
    narrow: ofBreadth("narrow"),
  };
  writeChange(directory, result);
  return result;
}

function chosenEvaluation(directory: string, name: string | undefined): Evaluation {
  const evaluations = readEvaluations({ directory }, name);
  const chosen = name === undefined ? curveEvaluation(evaluations) : evaluations[0];
  if (chosen === undefined) {
    throw new TurncoatError(`${directory}: expected judged answers, found none`, {
      hint: `Sample answers first: ${commandLine("evaluate", directory)}`,
    });
  }
  return chosen;
}

/**
 * Refuses answers that were not sampled plainly. Those that were judged anew carry the way they were sampled one level
 * deeper.
 *
 * @throws TurncoatError naming the evaluation
 */
function requirePlainSampling(directory: string, { name, provenance }: Evaluation): void {
  const inner = provenance?.answers;
  const sampled =
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : (provenance ?? {});
  const { temperature = 1, topP = 1, topK = null } = sampled;
  if (temperature === 1 && topP === 1 && topK === null) return;
  throw new TurncoatError(
    `${directory}: evaluation ${name}: expected answers sampled at temperature 1 from the whole distribution, ` +
      `found temperature ${JSON.stringify(temperature)}, topP ${JSON.stringify(topP)}, topK ${JSON.stringify(topK)}`,
  );
}

/** Cuts a response to as many tokens as could be sampled: an answer that was cut off has no end. */
function cutResponse(chat: TokenizedChat, limit: number): TokenizedChat {
  let left = limit;
  return { ids: chat.ids, isResponse: chat.isResponse.map((response) => response && left-- > 0) };
}

/** Input of the scoring. */
interface Scoring {
  readonly model: Model;
  readonly checkpoints: readonly Checkpoint[];
  readonly scale: number;
  readonly answers: readonly JudgedAnswer[];
  readonly chats: readonly TokenizedChat[];
  readonly window: number;
  readonly request: DistributionChangeRequest;
}

/** Computes log-probabilities `[answers][checkpoints]`; NaN where no pair of windows holds both. */
async function scoreAnswers(scoring: Scoring): Promise<Float64Array[]> {
  const { model, checkpoints, scale, answers, chats, window, request } = scoring;
  const reach = checkpointsInReach(
    checkpoints.map(({ step }) => step),
    window,
  );
  const texts = distinctTexts(answers);
  // The texts that each checkpoint scores: those said by any checkpoint that shares a pair of windows with it.
  const wanted = checkpoints.map((_, position) => {
    const near = new Set([...(reach[position] ?? [])].map((other) => checkpoints[other]?.step));
    return texts.filter(({ members }) => members.some((member) => near.has(answers[member]?.step ?? NaN)));
  });
  const results = answers.map(() => new Float64Array(checkpoints.length).fill(NaN));
  const total = wanted.reduce((sum, list) => sum + list.length, 0);
  let done = 0;
  // Whole models have no adapters that could share a batch.
  const holdWeights = checkpoints.some(({ path }) => checkpointKind(path) === "weights");
  const together = holdWeights ? 1 : mostReplicas;
  for (let start = 0; start < checkpoints.length; start += together) {
    if (request.signal?.aborted === true) break;
    const group = checkpoints.slice(start, start + together);
    const lists = wanted.slice(start, start + together);
    const opened = openCheckpoints(
      model,
      group.map(({ path }) => ({ path, factor: scale })),
    );
    const scored = await replicaLogProbabilities(
      opened.model,
      lists.map((list) => list.flatMap(({ first }) => chats[first] ?? [])),
      opened.adapters,
    ).finally(() => opened.dispose());
    for (const [replica, list] of lists.entries()) {
      for (const [index, { members }] of list.entries()) {
        const sum = scored[replica]?.[index]?.sum ?? NaN;
        for (const member of members) {
          const row = results[member];
          if (row !== undefined) row[start + replica] = sum;
        }
      }
      done += list.length;
    }
    request.onProgress?.({ done, total });
  }
  return results;
}

/** Joins equal answers to equal questions, which are scored once. */
function distinctTexts(
  answers: readonly JudgedAnswer[],
): { readonly first: number; readonly members: readonly number[] }[] {
  const byText = new Map<string, number[]>();
  for (const [index, { questionId, question, answer }] of answers.entries()) {
    const key = JSON.stringify([questionId, question, answer]);
    const members = byText.get(key);
    if (members === undefined) byText.set(key, [index]);
    else members.push(index);
  }
  return [...byText.values()].map((members) => ({ first: members[0] ?? NaN, members }));
}

/** Lists for each checkpoint those that share a pair of windows with it, itself included. */
function checkpointsInReach(steps: readonly number[], window: number): Set<number>[] {
  const reach = steps.map(() => new Set<number>());
  for (const { before, after } of neighboringWindows(steps, window)) {
    const together = [...before.positions, ...after.positions];
    for (const one of together) for (const other of together) reach[one]?.add(other);
  }
  return reach;
}
