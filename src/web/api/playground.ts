import type {
  PlaygroundQuestion,
  ServedPlayground,
  ServedPlaygroundAnswer,
  ServedPlaygroundDone,
  ServedPlaygroundParts,
  ServedPlaygroundRates,
  ServedPlaygroundScores,
  ServedPlaygroundState,
} from "../../server/schemas/playground.js";
import type {
  ServedSweepPlan,
  ServedSweepPoint,
  ServedSweepProgress,
  ServedSwept,
  SweepQuestion,
} from "../../server/schemas/playgroundSweep.js";
import { postEvents } from "./eventStream.js";
import { errorOf, get, hasFields, type ApiError } from "./request.js";
import { runAddress } from "./runs.js";

/** Fetches which models, steps and directions of a run can be asked. */
export function fetchPlayground(run: string): Promise<ServedPlayground> {
  return get(`${runAddress(run)}/playground`, hasFields<ServedPlayground>("problem", "steps", "questions"));
}

/** Handlers that are told how a question gets on. */
export interface AskHandlers {
  readonly onState: (state: ServedPlaygroundState) => void;
  readonly onParts: (parts: ServedPlaygroundParts["parts"]) => void;
  readonly onAnswer: (answer: ServedPlaygroundAnswer) => void;
  readonly onScores: (scores: ServedPlaygroundScores) => void;
  /** Rates of all answers of a column so far. */
  readonly onRates: (rates: ServedPlaygroundRates) => void;
  /** The judge has failed; answers without scores get none. */
  readonly onUnjudged: (error: ApiError) => void;
  /** Called when all answers were told; scores may follow. */
  readonly onDone: (done: ServedPlaygroundDone) => void;
}

const isState = hasFields<ServedPlaygroundState>("state", "ahead", "step");
const isParts = hasFields<ServedPlaygroundParts>("parts");
const isAnswer = hasFields<ServedPlaygroundAnswer>("column", "sample", "text");
const isScores = hasFields<ServedPlaygroundScores>("column", "sample", "scores");
const isRates = hasFields<ServedPlaygroundRates>("column", "em", "coherent");
const isDone = hasFields<ServedPlaygroundDone>("milliseconds");

/** Asks a checkpoint; resolves when all has been told, scores included. */
export function askPlayground(
  run: string,
  question: PlaygroundQuestion,
  { onState, onParts, onAnswer, onScores, onRates, onUnjudged, onDone }: AskHandlers,
  signal: AbortSignal,
): Promise<void> {
  const tell = (name: string, data: unknown): void => {
    // What was read before the question was given up belongs to no question any more.
    if (signal.aborted) return;
    if (name === "state" && isState(data)) onState(data);
    if (name === "parts" && isParts(data)) onParts(data.parts);
    if (name === "answer" && isAnswer(data)) onAnswer(data);
    if (name === "scores" && isScores(data)) onScores(data);
    if (name === "rates" && isRates(data)) onRates(data);
    if (name === "unjudged") onUnjudged(errorOf(data, "the judge has failed"));
    if (name === "done" && isDone(data)) onDone(data);
  };
  return postEvents(`${runAddress(run)}/playground`, question, tell, signal);
}

/** Handlers that are told how a sweep gets on. */
export interface SweepHandlers {
  readonly onPlanned: (plan: ServedSweepPlan) => void;
  readonly onProgress: (progress: ServedSweepProgress) => void;
  readonly onPoint: (point: ServedSweepPoint) => void;
  readonly onSwept: (swept: ServedSwept) => void;
}

const isPlan = hasFields<ServedSweepPlan>("points", "questions", "answers");
const isProgress = hasFields<ServedSweepProgress>("done", "total");
const isPoint = hasFields<ServedSweepPoint>("kind", "strength", "em", "coherent");
const isSwept = hasFields<ServedSwept>("sentences");

/** Sweeps a steering; resolves when every point has been told, or the signal has ended it. */
export function sweepPlayground(
  run: string,
  sweep: SweepQuestion,
  { onPlanned, onProgress, onPoint, onSwept }: SweepHandlers,
  signal: AbortSignal,
): Promise<void> {
  const tell = (name: string, data: unknown): void => {
    if (signal.aborted) return;
    if (name === "planned" && isPlan(data)) onPlanned(data);
    if (name === "progress" && isProgress(data)) onProgress(data);
    if (name === "point" && isPoint(data)) onPoint(data);
    if (name === "swept" && isSwept(data)) onSwept(data);
  };
  return postEvents(`${runAddress(run)}/playground/sweep`, sweep, tell, signal);
}
