import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { threadFile } from "../../../tensor/threadFile.js";
import type { StudyEvents } from "../studyWork.js";
import { LaneDeath, type StudyLane } from "./lanes.js";
import { isTaskReply, type TaskMessage } from "./taskMessages.js";
import type { StudyTask, StudyTaskOutcome } from "./studyTask.js";

const program = threadFile(import.meta.url, "taskProcess");

/** A process of its own that does tasks one after another. One that has died is started again for the next task. */
export class StudyProcess implements StudyLane<StudyTask> {
  readonly #worker: string | undefined;
  readonly #threads: number | undefined;
  #child: ChildProcess | null = null;

  /**
   * @param options.worker name in faults. @default host and process
   * @param options.threads for tasks that say none. @default one for each core
   */
  constructor({ worker, threads }: { readonly worker?: string; readonly threads?: number } = {}) {
    this.#worker = worker;
    this.#threads = threads;
  }

  do(task: StudyTask, { onProgress, onNote, signal }: StudyEvents): Promise<StudyTaskOutcome> {
    const child = this.#child ?? this.#start();
    const send = (message: TaskMessage): void => void child.send(message, () => undefined);
    return new Promise((settle, reject) => {
      const onMessage = (message: unknown): void => {
        if (!isTaskReply(message)) return;
        if ("progress" in message) return onProgress?.(message.progress);
        if ("note" in message) return onNote?.(message.note);
        end();
        if ("defect" in message) reject(new Error(message.defect));
        else settle(message.outcome);
      };
      const onExit = (code: number | null, killed: NodeJS.Signals | null): void => {
        end();
        reject(new LaneDeath(`its process has ended (${killed ?? `status ${code ?? "unknown"}`})`));
      };
      const onError = ({ message }: Error): void => {
        end();
        reject(new LaneDeath(`its process does not start: ${message}`));
      };
      const onAbort = (): void => send({ abort: true });
      const end = (): void => {
        child.off("message", onMessage).off("exit", onExit).off("error", onError);
        signal?.removeEventListener("abort", onAbort);
      };
      child.on("message", onMessage).on("exit", onExit).on("error", onError);
      signal?.addEventListener("abort", onAbort);
      const options = {
        ...(this.#worker === undefined ? {} : { worker: this.#worker }),
        ...(this.#threads === undefined ? {} : { threads: this.#threads }),
      };
      send({ task, options });
      if (signal?.aborted === true) onAbort();
    });
  }

  /** Ends the process, whatever it is doing; a training goes on from its last step. */
  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }

  #start(): ChildProcess {
    const { filename, execArgv = [] } = program;
    const child = fork(fileURLToPath(filename), [], {
      execArgv,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const forget = (): void => {
      if (this.#child === child) this.#child = null;
    };
    child.once("exit", forget).once("error", forget);
    this.#child = child;
    return child;
  }
}
