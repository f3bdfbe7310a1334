import { setImmediate } from "node:timers/promises";
import { deserialize } from "node:v8";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { TurncoatError } from "../../errors.js";
import { threadFile } from "../../tensor/threadFile.js";
import { isFolder } from "../../runs/isFolder.js";
import { keptFolder, keptPieces, type KeptOf } from "./keptReports.js";
import type { RunPreview } from "../report/runPreview.js";
import type { PlacedFigure } from "../../figures/run/runFigures.js";
import type { RunReport } from "../report/runReport.js";
import { ProcessLane } from "./processLane.js";
import { commandLine } from "../../hints.js";

/** Task of a process. */
export interface ReportTask extends KeptOf {
  /** Folder out of which no link of the run is followed. */
  readonly runsRoot: string | undefined;
  /** Folder in which the report is kept. @default it is not kept */
  readonly keptIn?: string | undefined;
  /** Whether a preview with the run's curves is sent before the report. @default false */
  readonly wantsCurves?: boolean;
  /** Transitions that are drawn into the figures of a preview of the log. */
  readonly transitions?: Analysis["transitions"];
}

/** Answer of a process: values in V8's own serialisation, or the refusal of a run that cannot be read. */
export type ProcessAnswer =
  | { readonly pieces: readonly Uint8Array[] }
  | { readonly refused: { readonly message: string; readonly hint: string | undefined } };

/** Evaluation and controls that a report is wanted of. */
type ReportView = Pick<KeptOf, "evaluation" | "controls">;

/** Options of the processes. */
export interface ReportPoolOptions {
  /** Folder out of which no link of a run is followed. @default links are followed */
  readonly runsRoot?: string | undefined;
  /** Folder of this user alone, in which reports are kept for servers to come. @default none is kept */
  readonly keptRoot?: string | undefined;
  /** Milliseconds after which an analysis goes to the end of the slow ones, and begins anew there. @default 20 000 */
  readonly quick?: number;
  /** Milliseconds after which an analysis is given up. @default 900 000 */
  readonly longest?: number;
  /** Milliseconds after which a preview of a log is given up. @default 4000 */
  readonly longestPreview?: number;
}

/** Most memory of each process's JavaScript heap, in MB; weights and directions lie outside it. */
const heap = { analysis: 192, slow: 512, preview: 128 } as const;

const program = threadFile(import.meta.url, "reportProcess");

/**
 * Processes that read and analyse runs, so that a server answers while a long run is analysed: one for analyses, and a
 * second while there are several, one for those that take long, so that no run waits for another that never ends, and
 * one for previews of logs. What takes longer than its limit, or more memory, is ended with its process.
 */
export class ReportPool {
  readonly #analyses = new ProcessLane(program, { isEager: true, heap: heap.analysis });
  readonly #others = new ProcessLane(program, { heap: heap.analysis });
  readonly #slow = new ProcessLane(program, { heap: heap.slow });
  readonly #previews = new ProcessLane(program, { isEager: true, isUrgent: true, heap: heap.preview });
  readonly #limits: Required<Omit<ReportPoolOptions, "runsRoot" | "keptRoot">>;
  readonly #runsRoot: string | undefined;
  readonly #keptRoot: string | undefined;

  /** Source of reports for a server. */
  readonly source = {
    buildReport: (
      directory: string,
      options: ReportView = {},
      onCurves?: (preview: RunPreview) => void,
    ): Promise<RunReport> => this.report(directory, options, onCurves),
    keptReport: (directory: string, options: ReportView = {}): Promise<RunReport | null> =>
      this.keptReport(directory, options),
    previewLog: (directory: string, transitions: Analysis["transitions"]): Promise<RunPreview> =>
      this.logPreview(directory, transitions),
  };

  constructor({
    runsRoot,
    keptRoot,
    quick = 20_000,
    longest = 900_000,
    longestPreview = 4000,
  }: ReportPoolOptions = {}) {
    this.#limits = { quick, longest, longestPreview };
    this.#runsRoot = runsRoot;
    this.#keptRoot = keptRoot;
  }

  /**
   * Reads, analyses and draws a run in a process, as `buildRunReport` does in this one.
   * @param onCurves hears its curves as soon as they are there. @default nobody does
   * @throws TurncoatError as it does, or where it takes too long
   */
  async report(
    directory: string,
    { evaluation, controls }: ReportView = {},
    onCurves?: (preview: RunPreview) => void,
  ): Promise<RunReport> {
    const of = { directory, evaluation, controls };
    const keptIn = this.#keptRoot === undefined ? undefined : keptFolder(this.#keptRoot, of);
    const task: ReportTask = { ...of, runsRoot: this.#runsRoot, keptIn, wantsCurves: onCurves !== undefined };
    const onPart = (part: unknown): void => {
      // Without it the reader waits for the report, as before.
      unpacked(part).then(
        ([preview]) => isRunPreview(preview) && onCurves?.(preview),
        () => undefined,
      );
    };
    const { quick, longest } = this.#limits;
    const lane = this.#analyses.tasks > this.#others.tasks ? this.#others : this.#analyses;
    const found =
      (await lane.run("report", task, Math.min(quick, longest), onPart)) ??
      (await this.#slow.run("report", task, longest, onPart));
    if (found === null) throw tooLong(directory, "its analysis", longest);
    return reportOf(await unpacked(found.answer));
  }

  /** The report that was kept of a run as its files are; null where there is none. */
  async keptReport(directory: string, { evaluation, controls }: ReportView = {}): Promise<RunReport | null> {
    const of = { directory, evaluation, controls };
    if (this.#keptRoot === undefined) return null;
    const folder = keptFolder(this.#keptRoot, of);
    if (!isFolder(folder)) return null;
    const task: ReportTask = { ...of, runsRoot: this.#runsRoot };
    const found = await this.#previews.run("stamp", task, this.#limits.longestPreview);
    const pieces = found === null ? null : await keptPieces(folder, String(found.answer));
    return pieces === null ? null : reportOf(await unpacked({ pieces }));
  }

  /**
   * Draws the log of a run in a process of its own, as `logPreview` does in this one.
   * @throws TurncoatError as it does, or where it takes too long
   */
  async logPreview(directory: string, transitions: Analysis["transitions"] = []): Promise<RunPreview> {
    const task: ReportTask = { directory, runsRoot: this.#runsRoot, transitions };
    const found = await this.#previews.run("preview", task, this.#limits.longestPreview);
    if (found === null) throw tooLong(directory, "reading its log", this.#limits.longestPreview);
    const [preview] = await unpacked(found.answer);
    if (!isRunPreview(preview)) throw new TypeError("report process: expected a preview of the log");
    return preview;
  }

  /** Ends the processes, whatever they are doing. */
  close(): void {
    for (const lane of [this.#analyses, this.#others, this.#slow, this.#previews]) lane.close();
  }
}

function reportOf([rest, analysis, ...figures]: readonly unknown[]): RunReport {
  const report: unknown = { ...(isRecord(rest) ? rest : {}), analysis, figures };
  if (!isReport(report)) throw new TypeError("report process: expected a report");
  return report;
}

function tooLong(directory: string, what: string, limit: number): TurncoatError {
  return new TurncoatError(`${directory}: ${what} took longer than ${Math.round(limit / 1000)} seconds`, {
    hint: `Analyse it by itself: ${commandLine("analyze", directory)}`,
  });
}

/**
 * Unpacks the answer of a process piece by piece, with other work in between, so that a long run's report holds up no
 * request.
 */
async function unpacked(answer: unknown): Promise<unknown[]> {
  if (!isProcessAnswer(answer)) throw new TypeError("report process: expected an answer");
  if ("refused" in answer) {
    const { message, hint } = answer.refused;
    throw new TurncoatError(message, hint === undefined ? {} : { hint });
  }
  const values: unknown[] = [];
  for (const piece of answer.pieces) {
    values.push(deserialize(piece));
    await setImmediate();
  }
  return values;
}

// The processes are of this build, so that their fields need no closer look than that they are there.

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isProcessAnswer(value: unknown): value is ProcessAnswer {
  return isRecord(value) && (Array.isArray(value.pieces) || isRecord(value.refused));
}

function isReport(value: unknown): value is RunReport {
  return isRecord(value) && isRecord(value.analysis) && "sentences" in value && areFigures(value.figures);
}

function isRunPreview(value: unknown): value is RunPreview {
  return isRecord(value) && isRecord(value.analysis) && "runId" in value && areFigures(value.figures);
}

function areFigures(value: unknown): value is readonly PlacedFigure[] {
  return Array.isArray(value) && value.every((each) => isRecord(each) && "figure" in each);
}
