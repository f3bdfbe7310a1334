import { fork, type ChildProcess } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { TurncoatError } from "../../errors.js";
import type { ThreadFile } from "../../tensor/threadFile.js";
import { isLaneReply } from "./laneMessages.js";

/** Options of a lane. */
export interface LaneOptions {
  /** Whether the process starts at once, not when there is first something to do. @default false */
  readonly isEager?: boolean;
  /** Whether somebody waits for each answer, so that it goes before other work of this machine. @default false */
  readonly isUrgent?: boolean;
  /** Most memory of its JavaScript heap, in MB; what needs more is ended and refused. */
  readonly heap: number;
}

/** A process, and a promise that resolves when it is ready or has ended. */
interface StartedProcess {
  readonly child: ChildProcess;
  readonly isReady: Promise<void>;
}

/** Milliseconds after which a process that has nothing to do is ended; an eager one stays. */
const idle = 60_000;
/** Endings of a process that has used up its heap: V8 aborts. */
const aborted = { signal: "SIGABRT", status: 134 } as const;

/**
 * One process beside this one, which does one task after the other, each within a time and a memory of its own. A
 * thread would not do: one that uses up its memory ends the whole process, and one that waits in the system cannot be
 * ended.
 */
export class ProcessLane {
  readonly #file: ThreadFile;
  readonly #options: LaneOptions;
  readonly #queue = pLimit(1);
  #child: StartedProcess | null = null;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param file module that calls `answerTasks` */
  constructor(file: ThreadFile, options: LaneOptions) {
    this.#file = file;
    this.#options = options;
    if (options.isEager === true) this.#start();
  }

  /** Number of tasks that it has in hand. */
  get tasks(): number {
    return this.#queue.activeCount + this.#queue.pendingCount;
  }

  /**
   * Does a task once the process is free; null where it took longer than `limit` milliseconds, which ends the process.
   * @param task anything that can be cloned
   * @param onPart hears what is there before the answer. @default nobody does
   * @throws TurncoatError where it needs more memory than the process may take
   */
  run(
    name: string,
    task: object,
    limit: number,
    onPart?: (part: unknown) => void,
  ): Promise<{ readonly answer: unknown } | null> {
    return this.#queue(() => this.#do(name, task, limit, onPart));
  }

  /** Ends the process, whatever it is doing. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#child?.child.kill("SIGKILL");
  }

  async #do(
    name: string,
    task: object,
    limit: number,
    onPart: ((part: unknown) => void) | undefined,
  ): Promise<{ readonly answer: unknown } | null> {
    clearTimeout(this.#idle);
    const { child, isReady } = this.#child ?? this.#start();
    // Its start is not the task's.
    await isReady;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        end();
        this.#forget(child);
        resolve(null);
      }, limit);
      const onMessage = (message: unknown): void => {
        if (!isLaneReply(message) || "isReady" in message) return;
        if ("part" in message) {
          onPart?.(message.part);
          return;
        }
        end();
        this.#restLater();
        if ("defect" in message) reject(new Error(message.defect));
        else resolve({ answer: message.answer });
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        end();
        this.#forget(child);
        const isTooMuch = signal === aborted.signal || code === aborted.status;
        reject(
          isTooMuch
            ? new TurncoatError(`reading it takes more than ${this.#options.heap} MB of memory`)
            : new Error(`${name}: the process has ended (${signal ?? `status ${code ?? "unknown"}`})`),
        );
      };
      const end = (): void => {
        clearTimeout(late);
        child.off("message", onMessage);
        child.off("exit", onExit);
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
      if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
      else child.send({ name, task });
    });
  }

  #start(): StartedProcess {
    if (this.#isClosed) throw new TurncoatError("the server is ending");
    const { filename, execArgv = [] } = this.#file;
    const child = fork(fileURLToPath(filename), [], {
      execArgv: [...execArgv, `--max-old-space-size=${this.#options.heap}`],
      serialization: "advanced",
      // What V8 prints when it runs out of memory is told in one line.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    // The server, and a training on the same machine, go before it.
    if (this.#options.isUrgent !== true && child.pid !== undefined) {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    }
    // It must not keep the server alive.
    child.unref();
    child.channel?.unref();
    child.on("exit", () => this.#forget(child));
    child.on("error", () => this.#forget(child));
    const isReady = new Promise<void>((resolve) => {
      child.once("message", () => resolve());
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
    });
    this.#child = { child, isReady };
    return this.#child;
  }

  #restLater(): void {
    if (this.#options.isEager === true) return;
    this.#idle = setTimeout(() => {
      if (this.#child !== null) this.#forget(this.#child.child);
    }, idle);
    this.#idle.unref();
  }

  #forget(child: ChildProcess): void {
    child.kill("SIGKILL");
    if (this.#child?.child !== child) return;
    this.#child = null;
    // The next task finds it ready.
    if (this.#options.isEager === true && !this.#isClosed) this.#start();
  }
}
