import { once } from "node:events";
import { Worker } from "node:worker_threads";
import pLimit from "p-limit";
import { TurncoatError } from "../../errors.js";
import { threadFile } from "../../tensor/threadFile.js";
import type {
  AnswerPart,
  PlaygroundTask,
  ThreadMessage,
  ThreadRequest,
  ThreadStart,
  WholeAnswer,
} from "./playgroundMessages.js";

/** Listener that is told of a question's way. */
export interface AskListener {
  /** Called while the question waits: `ahead` others are answered first; `isOpen` where the model is open already. */
  readonly onWaiting?: (state: { readonly ahead: number; readonly isOpen: boolean }) => void;
  readonly onParts: (parts: readonly AnswerPart[]) => void;
  readonly onAnswers: (answers: readonly WholeAnswer[]) => void;
}

/** Model that is asked: its folder, and the chat template in place of its own. */
export type AskedModel = Pick<ThreadStart, "folder"> & Partial<Pick<ThreadStart, "chatTemplate">>;

function keyOf({ folder, chatTemplate }: AskedModel): string {
  return JSON.stringify([folder, chatTemplate?.text ?? null]);
}

export interface HostOptions {
  /** Most models that stay open; the one unused for longest is closed for a new one. @default 2 */
  readonly models?: number;
  /** Most questions that may wait. @default 16 */
  readonly waiting?: number;
  /** Longest time for one question, in milliseconds. @default 180000 */
  readonly longest?: number;
  /** Time after which a model that nobody asks is closed, in milliseconds. @default 900000 */
  readonly idle?: number;
  /** Folder out of which no link of a checkpoint is followed. @default links are followed */
  readonly runsRoot?: string | undefined;
}

/**
 * Host of models in threads of their own, so that the server goes on answering while one of them speaks: ONNX Runtime's
 * Node binding keeps the thread that calls it. One question at a time is answered; the others wait.
 */
export class PlaygroundHost {
  readonly #options: Required<Omit<HostOptions, "runsRoot">>;
  readonly #runsRoot: string | undefined;
  /** Threads by folder and template, the one used last at the end. */
  readonly #threads = new Map<string, ModelThread>();
  readonly #queue = pLimit(1);
  /** Questions that were asked and are not answered; what is asked for warmth does not count. */
  #asked = 0;

  constructor({ models = 2, waiting = 16, longest = 180_000, idle = 900_000, runsRoot }: HostOptions = {}) {
    this.#options = { models, waiting, longest, idle };
    this.#runsRoot = runsRoot;
  }

  /**
   * Opens a model and answers some tasks for nothing, so that the programs are compiled when somebody asks. Who asks
   * meanwhile waits for one of them at most.
   */
  warm(model: AskedModel, tasks: readonly PlaygroundTask[]): void {
    if (this.#threads.get(keyOf(model))?.isLost === false) return;
    const thread = this.#threadOf(model);
    const warming = async (): Promise<void> => {
      for (const task of tasks) {
        await this.#queue(() => (thread.isLost ? 0 : thread.run(task, () => undefined)));
      }
    };
    // A failure is told to who asks.
    warming().catch(() => undefined);
  }

  /**
   * Asks a model; resolves when all answers were told, or the signal has ended it, with the milliseconds that the open
   * model took.
   *
   * @throws TurncoatError where the model does not open, the checkpoint does not fit, too many wait, or it took too
   *   long
   */
  async ask(
    model: AskedModel,
    task: PlaygroundTask,
    { onWaiting, onParts, onAnswers }: AskListener,
    signal: AbortSignal,
  ): Promise<number> {
    const ahead = this.#asked;
    if (ahead > this.#options.waiting) {
      throw new TurncoatError(`${ahead} questions are waiting already`, { hint: "Ask again in a while." });
    }
    this.#asked++;
    onWaiting?.({ ahead, isOpen: this.#threads.get(keyOf(model))?.isOpen ?? false });
    const listener = (message: ThreadMessage): void => {
      if (message.kind === "parts") onParts(message.parts);
      if (message.kind === "answers") onAnswers(message.answers);
    };
    return this.#inTurn(model, task, listener, signal).finally(() => this.#asked--);
  }

  /**
   * Does a task of many for one reader, who asks for the next when it is done: questions that came meanwhile go before
   * that, and do not count it among those ahead of them.
   *
   * @returns its answers; those that had ended where the signal has stopped it
   * @throws TurncoatError where the model does not open, the checkpoint does not fit, or it took too long
   */
  async askBetween(
    model: AskedModel,
    task: PlaygroundTask,
    signal: AbortSignal,
  ): Promise<readonly WholeAnswer[]> {
    const whole: WholeAnswer[] = [];
    const listener = (message: ThreadMessage): void => {
      if (message.kind === "answers") whole.push(...message.answers);
    };
    await this.#inTurn(model, task, listener, signal);
    return whole;
  }

  /** Does a task when those before it are done; resolves with the milliseconds that the open model took. */
  #inTurn(
    model: AskedModel,
    task: PlaygroundTask,
    listener: (message: ThreadMessage) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const isGone = (): boolean => signal.aborted;
    return this.#queue(async () => {
      if (isGone()) return 0;
      const tooLong = AbortSignal.timeout(this.#options.longest);
      const ending = AbortSignal.any([signal, tooLong]);
      const milliseconds = await this.#threadOf(model).run(task, listener, ending);
      if (tooLong.aborted && !isGone()) {
        const seconds = Math.round(this.#options.longest / 1000);
        throw new TurncoatError(`the answers took longer than ${seconds} seconds`, {
          hint: "Ask for fewer or shorter answers.",
        });
      }
      return milliseconds;
    });
  }

  /** Ends every thread. */
  async close(): Promise<void> {
    const threads = [...this.#threads.values()];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.close()));
  }

  #threadOf(model: AskedModel): ModelThread {
    const key = keyOf(model);
    const known = this.#threads.get(key);
    this.#threads.delete(key);
    const thread = known === undefined || known.isLost ? this.#start(model) : known;
    this.#threads.set(key, thread);
    for (const [other, old] of this.#threads) {
      if (this.#threads.size <= this.#options.models) break;
      this.#threads.delete(other);
      void old.close();
    }
    return thread;
  }

  #start(model: AskedModel): ModelThread {
    return new ModelThread(model, this.#options.idle, this.#runsRoot);
  }
}

/** One thread with one model. */
class ModelThread {
  readonly #worker: Worker;
  readonly #stopped = new SharedArrayBuffer(4);
  readonly #idle: number;
  #ids = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Resolves when the last task is over. */
  #running: Promise<unknown> = Promise.resolve();
  /** True once its model has answered. */
  isOpen = false;
  /** True once the thread is over, by itself or on purpose. */
  isLost = false;

  constructor({ folder, chatTemplate }: AskedModel, idle: number, runsRoot: string | undefined) {
    const { filename, execArgv } = threadFile(import.meta.url, "playgroundThread");
    this.#idle = idle;
    this.#worker = new Worker(new URL(filename), {
      workerData: { folder, chatTemplate, stopped: this.#stopped, runsRoot },
      ...(execArgv === undefined ? {} : { execArgv }),
    });
    // It must not keep the process alive.
    this.#worker.unref();
    this.#worker.on("error", () => (this.isLost = true));
    this.#worker.on("exit", () => (this.isLost = true));
  }

  /** Sends a task and passes on what comes back until it is done; a signal stops it at its next token. */
  async run(
    task: PlaygroundTask,
    onMessage: (message: ThreadMessage) => void,
    signal?: AbortSignal,
  ): Promise<number> {
    clearTimeout(this.#timer);
    const id = ++this.#ids;
    const stop = (): void => void Atomics.store(new Int32Array(this.#stopped), 0, id);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const over = this.#untilOver(id, onMessage);
      this.#running = over.catch(() => undefined);
      const request: ThreadRequest = { id, task };
      this.#worker.postMessage(request);
      const milliseconds = await over;
      this.isOpen = true;
      return milliseconds;
    } finally {
      signal?.removeEventListener("abort", stop);
      clearTimeout(this.#timer);
      if (!this.isLost) {
        this.#timer = setTimeout(() => void this.close(), this.#idle);
        this.#timer.unref();
      }
    }
  }

  /** Ends the thread once it has stopped what it does: ended in the middle of a run, ONNX Runtime ends the process. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.isLost = true;
    Atomics.store(new Int32Array(this.#stopped), 0, this.#ids);
    await this.#running;
    await this.#worker.terminate();
  }

  async #untilOver(id: number, onMessage: (message: ThreadMessage) => void): Promise<number> {
    const over = new AbortController();
    const finished = new Promise<number>((resolve, reject) => {
      const listener = (message: ThreadMessage): void => {
        if (message.id !== id) return;
        if (message.kind === "done") resolve(message.milliseconds);
        else if (message.kind === "failed") {
          // A model that did not open is opened anew next time.
          if (!this.isOpen) void this.close();
          reject(failure(message));
        } else onMessage(message);
      };
      this.#worker.on("message", listener);
      over.signal.addEventListener("abort", () => this.#worker.off("message", listener));
    });
    const ended = once(this.#worker, "exit", { signal: over.signal }).then((): never => {
      throw new TurncoatError("the thread of the model has ended", { hint: "Ask again to open it anew." });
    });
    try {
      return await Promise.race([finished, ended]);
    } finally {
      over.abort();
      ended.catch(() => undefined);
    }
  }
}

function failure({ message, hint, isExpected }: Extract<ThreadMessage, { kind: "failed" }>): Error {
  if (!isExpected) return new Error(message);
  return new TurncoatError(message, hint === undefined ? {} : { hint });
}
