/** A process of `ReportPool`: reads and analyses runs beside the process that answers requests. */
import { serialize } from "node:v8";
import { isTurncoatError } from "../../errors.js";
import { confineReads } from "../../tensor/openFile.js";
import { systemFault } from "../../tensor/systemFaults.js";
import { keepPieces, reportStamp } from "./keptReports.js";
import { answerTasks } from "./laneMessages.js";
import { curvesPreview, logPreview } from "../report/runPreview.js";
import type { ReportTask, ProcessAnswer } from "./reportPool.js";
import { buildRunReport, type RunReport } from "../report/runReport.js";
import { keepingSummary } from "../report/runSummary.js";

answerTasks((name, task, onPart) => {
  if (!isReportTask(task)) throw new TypeError(`report process: expected a task, found ${name}`);
  if (name === "stamp") return reportStamp(task);
  return name === "report" ? report(task, onPart) : preview(task);
});

/**
 * Reads, analyses and draws a run, and answers in pieces that are quick to unpack one by one.
 * @param onCurves is handed a preview with its curves, where one is wanted
 */
async function report(
  { keptIn, runsRoot, wantsCurves, ...of }: ReportTask,
  onCurves: (preview: ProcessAnswer) => Promise<void>,
): Promise<ProcessAnswer> {
  // Taken before the files are read: what is written meanwhile makes the report an older one.
  const stamp = keptIn === undefined ? "" : reportStamp(of);
  const made = { status: "" };
  const answered = await answer(runsRoot, async () => {
    const build = (): Promise<RunReport> =>
      buildRunReport(of.directory, {
        ...of,
        ...(wantsCurves === true
          ? { onCurves: (analyzed) => onCurves({ pieces: [serialize(curvesPreview(analyzed))] }) }
          : {}),
      });
    const { analysis, figures, ...rest } = await (of.evaluation === undefined
      ? keepingSummary(of.directory, build)
      : build());
    made.status = rest.status;
    return [rest, analysis, ...figures];
  });
  // One that grows has another report with the next step.
  const isKept = keptIn !== undefined && made.status !== "running";
  if (isKept && "pieces" in answered) keepPieces(keptIn, stamp, answered.pieces);
  return answered;
}

/** Draws the log of a run: what can be shown before the analysis. */
function preview({ directory, runsRoot, transitions }: ReportTask): Promise<ProcessAnswer> {
  return answer(runsRoot, () => [logPreview(directory, transitions)]);
}

/** Tells the compiler what the pool of this build sends. */
function isReportTask(value: unknown): value is ReportTask {
  return typeof value === "object" && value !== null && "directory" in value;
}

/** Packs the answer; an error that is the user's to mend keeps its class and its hint. */
async function answer(
  runsRoot: string | undefined,
  make: () => readonly unknown[] | Promise<readonly unknown[]>,
): Promise<ProcessAnswer> {
  try {
    return { pieces: (await confineReads(runsRoot, make)).map((piece) => serialize(piece)) };
  } catch (error) {
    const known = isTurncoatError(error) ? error : systemFault(error);
    if (known === null) throw error;
    return { refused: { message: known.message, hint: known.hint } };
  }
}
