/** Task as a lane sends it. */
export interface LaneTask {
  readonly name: string;
  readonly task: unknown;
}

/** Message of a process: that it is ready, part of an answer, the answer to a task, or what went wrong in the program itself. */
export type LaneReply =
  | { readonly isReady: true }
  | { readonly part: unknown }
  | { readonly answer: unknown }
  | { readonly defect: string };

/** Tells whether a message is one of a lane's process. */
export function isLaneReply(value: unknown): value is LaneReply {
  return (
    typeof value === "object" &&
    value !== null &&
    ("answer" in value || "part" in value || "defect" in value || "isReady" in value)
  );
}

/**
 * Answers the tasks that a lane sends to this process, one after the other; the process ends with the lane's.
 * @param answer does the task of a name; its refusals are answers too. What it hands to `onPart` is there before the answer;
 *   the promise resolves once it is sent, which needs the process's time
 */
export function answerTasks(
  answer: (name: string, task: unknown, onPart: (part: unknown) => Promise<void>) => unknown,
): void {
  const reply = (message: LaneReply): void => void process.send?.(message);
  const onPart = (part: unknown): Promise<void> =>
    new Promise((resolve) => {
      const message: LaneReply = { part };
      if (process.send === undefined) resolve();
      // Where the server has ended, so does this process.
      else process.send(message, undefined, undefined, () => resolve());
    });
  process.on("message", (message: LaneTask) => {
    Promise.resolve()
      .then(() => answer(message.name, message.task, onPart))
      .then(
        (answered) => reply({ answer: answered }),
        (error: unknown) =>
          reply({ defect: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  reply({ isReady: true });
  process.on("disconnect", () => process.exit());
  // Ctrl-C in a terminal goes to every process of it; the server ends its own.
  process.on("SIGINT", () => undefined);
}
