import { setImmediate } from "node:timers/promises";
import { deserialize } from "node:v8";
import { Tinypool } from "tinypool";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { TurncoatError } from "../../errors.js";
import { threadFile } from "../../tensor/threadFile.js";
import type { LogPreview } from "./logPreview.js";
import type { PlacedFigure } from "../../figures/run/runFigures.js";
import type { RunReport } from "./runReport.js";

/** Task of a thread. */
export interface ReportTask {
  readonly directory: string;
  /** Transitions that are drawn into the figures of a preview of the log. */
  readonly transitions?: Analysis["transitions"];
}

/** Answer of a thread: values in V8's own serialisation, or the refusal of a run that cannot be read. */
export type ThreadAnswer =
  | { readonly pieces: readonly Uint8Array[] }
  | { readonly refused: { readonly message: string; readonly hint: string | undefined } };

/**
 * Threads that read and analyse runs, so that a server answers while a long run is analysed: one for analyses, which
 * may take a minute, and one for previews of logs, which never wait for one.
 */
export class ReportPool {
  readonly #analyses: Tinypool;
  readonly #previews: Tinypool;

  /** Source of reports for a server. */
  readonly source = {
    buildReport: (directory: string): Promise<RunReport> => this.report(directory),
    previewLog: (directory: string, transitions: Analysis["transitions"]): Promise<LogPreview> =>
      this.logPreview(directory, transitions),
  };

  constructor() {
    const one = { ...threadFile(import.meta.url, "reportThread"), minThreads: 1, maxThreads: 1 };
    this.#analyses = new Tinypool(one);
    this.#previews = new Tinypool(one);
  }

  /**
   * Reads, analyses and draws a run in a thread, as `buildRunReport` does in this one.
   * @throws TurncoatError as it does
   */
  async report(directory: string): Promise<RunReport> {
    const task: ReportTask = { directory };
    const [rest, analysis, ...figures] = await unpacked(this.#analyses.run(task, { name: "report" }));
    const report: unknown = { ...(isRecord(rest) ? rest : {}), analysis, figures };
    if (!isReport(report)) throw new TypeError("report thread: expected a report");
    return report;
  }

  /**
   * Draws the log of a run in a thread of its own, as `logPreview` does in this one.
   * @throws TurncoatError as it does
   */
  async logPreview(directory: string, transitions: Analysis["transitions"] = []): Promise<LogPreview> {
    const task: ReportTask = { directory, transitions };
    const [preview] = await unpacked(this.#previews.run(task, { name: "preview" }));
    if (!isLogPreview(preview)) throw new TypeError("report thread: expected a preview of the log");
    return preview;
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all([this.#analyses.destroy(), this.#previews.destroy()]);
  }
}

/**
 * Unpacks the answer of a thread piece by piece, with other work in between, so that a long run's report holds up no
 * request.
 */
async function unpacked(answered: Promise<unknown>): Promise<unknown[]> {
  const answer = await answered;
  if (!isThreadAnswer(answer)) throw new TypeError("report thread: expected an answer");
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

// The threads are of this build, so that their fields need no closer look than that they are there.

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isThreadAnswer(value: unknown): value is ThreadAnswer {
  return isRecord(value) && (Array.isArray(value.pieces) || isRecord(value.refused));
}

function isReport(value: unknown): value is RunReport {
  return isRecord(value) && isRecord(value.analysis) && "sentences" in value && areFigures(value.figures);
}

function isLogPreview(value: unknown): value is LogPreview {
  return isRecord(value) && isRecord(value.analysis) && "runId" in value && areFigures(value.figures);
}

function areFigures(value: unknown): value is readonly PlacedFigure[] {
  return Array.isArray(value) && value.every((each) => isRecord(each) && "figure" in each);
}
