/** A thread of `PlaygroundHost`: one model, one task at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { isTurncoatError, messageOf } from "../../errors.js";
import { confineReads } from "../../tensor/openFile.js";
import { PlaygroundModel, Stopped } from "./playgroundModel.js";
import type { PlaygroundTask, ThreadMessage, ThreadRequest, ThreadStart } from "./playgroundMessages.js";

const port = parentPort;
const given: unknown = workerData;
if (port === null || !isStart(given)) {
  throw new TypeError("playground thread: expected to be started by a PlaygroundHost");
}
const { runsRoot } = given;
const stopped = new Int32Array(given.stopped);
const opening = PlaygroundModel.open(given.folder, given.chatTemplate);
// Whoever asks first is told.
opening.catch(() => undefined);
port.on("message", (request: ThreadRequest) => void serve(request));

async function serve({ id, task }: ThreadRequest): Promise<void> {
  let began = performance.now();
  const done = (): void => send({ id, kind: "done", milliseconds: performance.now() - began });
  try {
    const model = await opening;
    began = performance.now();
    await confineReads(runsRoot, () => answer(model, id, task));
    done();
  } catch (error) {
    if (error instanceof Stopped) done();
    else {
      const isExpected = isTurncoatError(error);
      const hint = isExpected ? error.hint : undefined;
      send({ id, kind: "failed", message: messageOf(error), hint, isExpected });
    }
  }
}

function answer(model: PlaygroundModel, id: number, task: PlaygroundTask): Promise<void> {
  return model.answer(task, {
    onParts: (parts) => send({ id, kind: "parts", parts }),
    onAnswers: (answers) => send({ id, kind: "answers", answers }),
    isStopped: () => Atomics.load(stopped, 0) === id,
  });
}

function send(message: ThreadMessage): void {
  port?.postMessage(message);
}

function isStart(value: unknown): value is ThreadStart {
  return typeof value === "object" && value !== null && "folder" in value && "stopped" in value;
}
