import type {
  PlaygroundQuestion,
  ServedPlayground,
  ServedPlaygroundAnswer,
  ServedPlaygroundDone,
  ServedPlaygroundParts,
  ServedPlaygroundState,
} from "../../server/schemas/playground.js";
import { postEvents } from "./eventStream.js";
import { get, hasFields } from "./request.js";
import { runAddress } from "./runs.js";

/** What of a run can be asked. */
export function fetchPlayground(run: string): Promise<ServedPlayground> {
  return get(`${runAddress(run)}/playground`, hasFields<ServedPlayground>("problem", "steps", "questions"));
}

/** Told how a question gets on. */
export interface AskHandlers {
  readonly onState: (state: ServedPlaygroundState) => void;
  readonly onParts: (parts: ServedPlaygroundParts["parts"]) => void;
  readonly onAnswer: (answer: ServedPlaygroundAnswer) => void;
  readonly onDone: (done: ServedPlaygroundDone) => void;
}

const isState = hasFields<ServedPlaygroundState>("state", "ahead", "step");
const isParts = hasFields<ServedPlaygroundParts>("parts");
const isAnswer = hasFields<ServedPlaygroundAnswer>("column", "sample", "text");
const isDone = hasFields<ServedPlaygroundDone>("milliseconds");

/** Asks a checkpoint; resolves when all has been told. */
export function askPlayground(
  run: string,
  question: PlaygroundQuestion,
  { onState, onParts, onAnswer, onDone }: AskHandlers,
  signal: AbortSignal,
): Promise<void> {
  const tell = (name: string, data: unknown): void => {
    if (name === "state" && isState(data)) onState(data);
    if (name === "parts" && isParts(data)) onParts(data.parts);
    if (name === "answer" && isAnswer(data)) onAnswer(data);
    if (name === "done" && isDone(data)) onDone(data);
  };
  return postEvents(`${runAddress(run)}/playground`, question, tell, signal);
}
