/** A thread of `ReportPool`: reads and analyses runs beside the thread that answers requests. */
import { constants, setPriority } from "node:os";
import { serialize } from "node:v8";
import { isTurncoatError } from "../../errors.js";
import { logPreview } from "./logPreview.js";
import type { ReportTask, ThreadAnswer } from "./reportPool.js";
import { confineReads } from "../../tensor/openFile.js";
import { systemFault } from "../../tensor/systemFaults.js";
import { buildRunReport } from "./runReport.js";

/** Reads, analyses and draws a run, and answers in pieces that are quick to unpack one by one. */
export function report({ directory, evaluation, runsRoot }: ReportTask): Promise<ThreadAnswer> {
  lowerPriority();
  return answer(runsRoot, async () => {
    const { analysis, figures, ...rest } = await buildRunReport(directory, { evaluation });
    return [rest, analysis, ...figures];
  });
}

/**
 * Lowers the priority of this thread, so that a training on the same machine goes before an analysis; on Linux only,
 * where a priority is one of the thread alone. A preview of the log is short, and somebody waits for it.
 */
function lowerPriority(): void {
  if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

/** Draws the log of a run: what can be shown before the analysis. */
export function preview({ directory, runsRoot, transitions }: ReportTask): Promise<ThreadAnswer> {
  return answer(runsRoot, () => [logPreview(directory, transitions)]);
}

/** Packs the answer of a thread; an error that is the user's to mend keeps its class and its hint. */
async function answer(
  runsRoot: string | undefined,
  make: () => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<ThreadAnswer> {
  try {
    return { pieces: (await confineReads(runsRoot, make)).map((piece) => serialize(piece)) };
  } catch (error) {
    const known = isTurncoatError(error) ? error : systemFault(error);
    if (known === null) throw error;
    return { refused: { message: known.message, hint: known.hint } };
  }
}
