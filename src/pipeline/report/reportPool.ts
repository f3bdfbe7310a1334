import { setImmediate } from "node:timers/promises";
import { deserialize } from "node:v8";
import pLimit from "p-limit";
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
  /** Folder out of which no link of the run is followed. */
  readonly runsRoot: string | undefined;
  /** Evaluation that behaviour is taken from. @default the usual one */
  readonly evaluation?: string | undefined;
  /** Transitions that are drawn into the figures of a preview of the log. */
  readonly transitions?: Analysis["transitions"];
}

/** Answer of a thread: values in V8's own serialisation, or the refusal of a run that cannot be read. */
export type ThreadAnswer =
  | { readonly pieces: readonly Uint8Array[] }
  | { readonly refused: { readonly message: string; readonly hint: string | undefined } };

/** Options of the threads. */
export interface ReportPoolOptions {
  /** Folder out of which no link of a run is followed. @default links are followed */
  readonly runsRoot?: string | undefined;
  /** Milliseconds after which an analysis goes to the end of the slow ones, and begins anew there. @default 20 000 */
  readonly quick?: number;
  /** Milliseconds after which an analysis is given up. @default 900 000 */
  readonly longest?: number;
  /** Milliseconds after which a preview of a log is given up. @default 10 000 */
  readonly longestPreview?: number;
}

/**
 * Threads that read and analyse runs, so that a server answers while a long run is analysed: one for analyses, one for
 * those that take long, so that no run waits for another that never ends, and one for previews of logs. What takes
 * longer than its limit is ended with its thread.
 */
export class ReportPool {
  readonly #analyses = new Lane(1);
  readonly #slow = new Lane(0);
  readonly #previews = new Lane(1);
  readonly #limits: Required<Omit<ReportPoolOptions, "runsRoot">>;
  readonly #runsRoot: string | undefined;

  /** Source of reports for a server. */
  readonly source = {
    buildReport: (
      directory: string,
      { evaluation }: Pick<ReportTask, "evaluation"> = {},
    ): Promise<RunReport> => this.report(directory, evaluation),
    previewLog: (directory: string, transitions: Analysis["transitions"]): Promise<LogPreview> =>
      this.logPreview(directory, transitions),
  };

  constructor({
    runsRoot,
    quick = 20_000,
    longest = 900_000,
    longestPreview = 10_000,
  }: ReportPoolOptions = {}) {
    this.#limits = { quick, longest, longestPreview };
    this.#runsRoot = runsRoot;
  }

  /**
   * Reads, analyses and draws a run in a thread, as `buildRunReport` does in this one.
   * @throws TurncoatError as it does, or where it takes too long
   */
  async report(directory: string, evaluation?: string): Promise<RunReport> {
    const task: ReportTask = { directory, evaluation, runsRoot: this.#runsRoot };
    const { quick, longest } = this.#limits;
    const answer =
      (await this.#analyses.run("report", task, Math.min(quick, longest))) ??
      (await this.#slow.run("report", task, longest));
    if (answer === null) throw tooLong(directory, "its analysis", longest);
    const [rest, analysis, ...figures] = await unpacked(answer);
    const report: unknown = { ...(isRecord(rest) ? rest : {}), analysis, figures };
    if (!isReport(report)) throw new TypeError("report thread: expected a report");
    return report;
  }

  /**
   * Draws the log of a run in a thread of its own, as `logPreview` does in this one.
   * @throws TurncoatError as it does, or where it takes too long
   */
  async logPreview(directory: string, transitions: Analysis["transitions"] = []): Promise<LogPreview> {
    const task: ReportTask = { directory, runsRoot: this.#runsRoot, transitions };
    const answer = await this.#previews.run("preview", task, this.#limits.longestPreview);
    if (answer === null) throw tooLong(directory, "reading its log", this.#limits.longestPreview);
    const [preview] = await unpacked(answer);
    if (!isLogPreview(preview)) throw new TypeError("report thread: expected a preview of the log");
    return preview;
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all([this.#analyses.close(), this.#slow.close(), this.#previews.close()]);
  }
}

/** Milliseconds for which an idle thread is kept: as long as a timer can. */
const stays = 2 ** 31 - 1;

/** One thread, which does one task after the other. */
class Lane {
  readonly #thread: Tinypool;
  readonly #queue = pLimit(1);

  /** @param minThreads 1 to start the thread at once, 0 to start it when there is something to do */
  constructor(minThreads: 0 | 1) {
    this.#thread = new Tinypool({
      ...threadFile(import.meta.url, "reportThread"),
      ...{ minThreads, maxThreads: 1, idleTimeout: stays },
    });
  }

  /** Does a task once the thread is free; null where it took longer than `limit` milliseconds, which ends the thread. */
  run(name: string, task: ReportTask, limit: number): Promise<ThreadAnswer | null> {
    return this.#queue(async () => {
      const late = AbortSignal.timeout(limit);
      try {
        const answer: unknown = await this.#thread.run(task, { name, signal: late });
        if (!isThreadAnswer(answer)) throw new TypeError("report thread: expected an answer");
        return answer;
      } catch (error) {
        if (late.aborted) return null;
        throw error;
      }
    });
  }

  /** Ends the thread, whatever it is doing. */
  close(): Promise<void> {
    return this.#thread.destroy();
  }
}

function tooLong(directory: string, what: string, limit: number): TurncoatError {
  return new TurncoatError(`${directory}: ${what} took longer than ${Math.round(limit / 1000)} seconds`, {
    hint: `Analyse it by itself: turncoat analyze ${directory}`,
  });
}

/**
 * Unpacks the answer of a thread piece by piece, with other work in between, so that a long run's report holds up no
 * request.
 */
async function unpacked(answer: ThreadAnswer): Promise<unknown[]> {
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
