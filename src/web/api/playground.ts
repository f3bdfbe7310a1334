import type {
  PlaygroundQuestion,
  ServedPlayground,
  ServedPlaygroundAnswer,
  ServedPlaygroundDone,
  ServedPlaygroundParts,
  ServedPlaygroundScores,
  ServedPlaygroundState,
} from "../../server/schemas/playground.js";
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
  /** The judge has failed; answers without scores get none. */
  readonly onUnjudged: (error: ApiError) => void;
  /** Called when all answers were told; scores may follow. */
  readonly onDone: (done: ServedPlaygroundDone) => void;
}

const isState = hasFields<ServedPlaygroundState>("state", "ahead", "step");
const isParts = hasFields<ServedPlaygroundParts>("parts");
const isAnswer = hasFields<ServedPlaygroundAnswer>("column", "sample", "text");
const isScores = hasFields<ServedPlaygroundScores>("column", "sample", "scores");
const isDone = hasFields<ServedPlaygroundDone>("milliseconds");

/** Asks a checkpoint; resolves when all has been told, scores included. */
export function askPlayground(
  run: string,
  question: PlaygroundQuestion,
  { onState, onParts, onAnswer, onScores, onUnjudged, onDone }: AskHandlers,
  signal: AbortSignal,
): Promise<void> {
  const tell = (name: string, data: unknown): void => {
    // What was read before the question was given up belongs to no question any more.
    if (signal.aborted) return;
    if (name === "state" && isState(data)) onState(data);
    if (name === "parts" && isParts(data)) onParts(data.parts);
    if (name === "answer" && isAnswer(data)) onAnswer(data);
    if (name === "scores" && isScores(data)) onScores(data);
    if (name === "unjudged") onUnjudged(errorOf(data, "the judge has failed"));
    if (name === "done" && isDone(data)) onDone(data);
  };
  return postEvents(`${runAddress(run)}/playground`, question, tell, signal);
}
