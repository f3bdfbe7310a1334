/** Task as a lane sends it. */
export interface LaneTask {
  readonly name: string;
  readonly task: unknown;
}

/** Message of a process: that it is ready, the answer to a task, or what went wrong in the program itself. */
export type LaneReply =
  { readonly isReady: true } | { readonly answer: unknown } | { readonly defect: string };

/** Tells whether a message is one of a lane's process. */
export function isLaneReply(value: unknown): value is LaneReply {
  return (
    typeof value === "object" &&
    value !== null &&
    ("answer" in value || "defect" in value || "isReady" in value)
  );
}

/**
 * Answers the tasks that a lane sends to this process, one after the other; the process ends with the lane's.
 * @param answer does the task of a name; its refusals are answers too
 */
export function answerTasks(answer: (name: string, task: unknown) => unknown): void {
  const reply = (message: LaneReply): void => void process.send?.(message);
  process.on("message", (message: LaneTask) => {
    Promise.resolve()
      .then(() => answer(message.name, message.task))
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
