/** Exit statuses of a process that a signal ended, as shells give them: 128 and the signal's number. */
const exitStatus = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitStatus;

/**
 * Runs work that Ctrl-C ends in good order: the first signal aborts it after the step in flight, a second one
 * ends the process at once. Either way the process exits with the status of the signal.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (signal: Signal): void => {
    if (controller.signal.aborted) process.exit(exitStatus[signal]);
    process.exitCode = exitStatus[signal];
    process.stderr.write("\nending after this step; press Ctrl-C again to stop at once\n");
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** Milliseconds that a server which was told to end has for it. */
const patience = 5000;

/**
 * Waits for Ctrl-C or SIGTERM, by which a server is told to end: one that then ends in good order has done what it was
 * asked, and exits with 0. Whatever is still at work some seconds later is ended with the process, which then exits with
 * the status of the signal.
 */
export function waitForInterrupt(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (signal: Signal): void => {
      setTimeout(() => process.exit(exitStatus[signal]), patience).unref();
      resolve();
    };
    process.once("SIGINT", onSignal);
    process.once("SIGTERM", onSignal);
  });
}
