import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import type { RunPreview } from "../../pipeline/report/runPreview.js";
import { namedControlOf } from "../../pipeline/report/controlledRun.js";
import type { RunReport } from "../../pipeline/report/runReport.js";
import { completeReport, partialReport, progressOf, type CurrentReport, type Done } from "./currentReport.js";
import { runFingerprint } from "../../pipeline/processes/runFingerprint.js";

/** What of a run a report is wanted of; the usual where nothing is said. */
export interface ReportWanted {
  /** Evaluation that behaviour is taken from. */
  readonly evaluation?: string | undefined;
  /** Folders of the controls that the run is held against; none for no control. @default the one that it names */
  readonly controls?: readonly string[] | undefined;
}

/** Maker of reports and previews of runs. */
export interface ReportSource {
  /**
   * Reads, analyses and draws a run in the light theme, with the behaviour of one of its evaluations, held against controls.
   * `onCurves` hears its curves where they are there before.
   */
  readonly buildReport: (
    directory: string,
    options: ReportWanted,
    onCurves?: (preview: RunPreview) => void,
  ) => RunReport | Promise<RunReport>;
  /**
   * Draws the log of a run, which can be shown before the analysis is done; its figures bear the transitions of an
   * earlier analysis.
   * @default nothing: every reader waits for the analysis
   */
  readonly previewLog?: (
    directory: string,
    transitions: Analysis["transitions"],
  ) => RunPreview | Promise<RunPreview>;
  /** The report that an earlier server kept of a run as its files are; null where there is none. @default none is */
  readonly keptReport?: (directory: string, options: ReportWanted) => Promise<RunReport | null>;
  /** Reports of files as they are now, made before the server was started. @default none */
  readonly prepared?: readonly RunReport[];
}

/** Preview of a run's log that is made, or under way, and which files and earlier report it is of. */
interface StartedPreview {
  readonly key: string;
  readonly promise: Promise<RunPreview>;
}

interface RunState {
  readonly directory: string;
  readonly wanted: ReportWanted;
  done: Done<RunReport> | null;
  running: { readonly began: number; readonly promise: Promise<RunReport> } | null;
  failed: { readonly fingerprint: string; readonly error: unknown } | null;
  preview: StartedPreview | null;
  /** Curves of the files as they were at a fingerprint, where they are analysed for the first time. */
  curves: { readonly fingerprint: string; readonly preview: RunPreview } | null;
  /** Whether somebody has asked for what there is to show of it. */
  isLookedAt: boolean;
  /** Search for what an earlier server kept; null before anybody has asked. */
  kept: Promise<void> | null;
  /** Time from which the analysis of a long run may begin, by `performance.now()`. */
  analyzedFrom: number;
}

/** Number of runs whose reports are kept. */
const mostKept = 24;
/** Milliseconds that a page waits for the analysis before it shows less. */
const waitForAnalysis = 700;
/** Number of files above which a run is long, so that no page waits for its analysis. */
const longRun = 1000;
/** Milliseconds that the first plots of a long run have the processor to themselves. */
const headStart = 400;
/**
 * Shortest rest after an analysis, as a share of its duration. A growing run is analysed for half of the time at most:
 * its training needs the processor too.
 */
const restShare = 1;

/** Cache of the reports of runs, each made once for the files as they are, by whoever asks first. */
export class RunReports {
  readonly #source: ReportSource;
  readonly #states = new LRUCache<string, RunState>({ max: mostKept });

  constructor(source: ReportSource) {
    this.#source = source;
    for (const report of source.prepared ?? []) {
      const directory = resolve(report.directory);
      this.#stateOf(directory).done = {
        fingerprint: fingerprintOf(directory, {}),
        value: report,
        took: 0,
        endedAt: performance.now(),
      };
    }
  }

  /** Builds the whole report of a run, of its files as they are when it is asked for, or newer. */
  async complete(directory: string, wanted: ReportWanted = {}): Promise<RunReport> {
    const state = this.#stateOf(directory, wanted);
    await this.lookForKept(directory, wanted);
    const fingerprint = fingerprintOf(directory, wanted);
    // What is under way may be of older files.
    while (state.running !== null && state.done?.fingerprint !== fingerprint) {
      await state.running.promise.catch(() => undefined);
    }
    if (state.done?.fingerprint === fingerprint) return state.done.value;
    return this.#start(state);
  }

  /**
   * Builds what there is to show of a run now: the whole report where it is there, or soon is; else the log as it is,
   * and the rest as it was last analysed. The analysis goes on meanwhile; asking again gets it.
   */
  async current(directory: string, wanted: ReportWanted = {}): Promise<CurrentReport> {
    const state = this.#stateOf(directory, wanted);
    const { previewLog } = this.#source;
    await this.lookForKept(directory, wanted);
    const fingerprint = fingerprintOf(directory, wanted);
    if (state.done?.fingerprint === fingerprint) return completeReport(state.done);
    if (previewLog === undefined) {
      await this.complete(directory, wanted);
      return state.done === null ? this.current(directory, wanted) : completeReport(state.done);
    }
    if (state.failed?.fingerprint === fingerprint) throw state.failed.error;
    const isLong = fingerprint.split("\n", longRun + 1).length > longRun;
    if (!isLong) {
      this.#startUnlessResting(state);
      const { running } = state;
      const left = running === null ? 0 : running.began + waitForAnalysis - performance.now();
      if (running !== null && left > 0)
        await Promise.race([running.promise, delay(left, undefined, { ref: false })]);
      if (state.done?.fingerprint === fingerprint) return completeReport(state.done);
    }
    const earlier = state.done;
    const { key, promise } = previewOf(state, previewLog, fingerprint);
    if (isLong && earlier === null && !state.isLookedAt) void this.#analyzeAfter(promise, state);
    state.isLookedAt = true;
    if (isLong && performance.now() >= state.analyzedFrom) this.#startUnlessResting(state);
    const { curves } = state;
    const shown =
      earlier === null && curves?.fingerprint === fingerprint
        ? { preview: curves.preview, key: `${key} curves` }
        : { preview: await promise, key };
    return { ...partialReport(directory, shown, earlier), progress: progressOf(state, earlier) };
  }

  /**
   * Reads what a first look at a run needs, so that its page is there at once: the report that an earlier server kept, or
   * else its log. The run is not analysed before somebody looks at it.
   */
  async readAhead(directory: string, wanted: ReportWanted = {}): Promise<void> {
    await this.lookForKept(directory, wanted);
    const state = this.#stateOf(directory, wanted);
    const { previewLog } = this.#source;
    if (state.done !== null || previewLog === undefined) return;
    // Whoever looks at the run is told why there is none.
    await previewOf(state, previewLog, fingerprintOf(directory, wanted)).promise.catch(() => undefined);
  }

  /** Takes what an earlier server kept of the run, once. */
  lookForKept(directory: string, wanted: ReportWanted = {}): Promise<void> {
    const state = this.#stateOf(directory, wanted);
    state.kept ??= (async () => {
      const [began, fingerprint] = [performance.now(), fingerprintOf(directory, wanted)];
      const value = await this.#source.keptReport?.(directory, wanted).catch(() => null);
      if (value === null || value === undefined || state.done !== null) return;
      const endedAt = performance.now();
      state.done = { fingerprint, value, took: endedAt - began, endedAt };
    })();
    return state.kept;
  }

  /** Begins the analysis a moment after the preview of the log: the first plots of a long run get the processor to themselves. */
  async #analyzeAfter(preview: Promise<RunPreview>, state: RunState): Promise<void> {
    state.analyzedFrom = Infinity;
    // Whoever asked for the preview is told why there is none.
    await preview.catch(() => undefined);
    state.analyzedFrom = performance.now() + headStart;
    await delay(headStart, undefined, { ref: false });
    if (state.done === null && state.failed === null) this.#startUnlessResting(state);
  }

  #startUnlessResting(state: RunState): void {
    const { done, running } = state;
    const isResting = done !== null && performance.now() - done.endedAt < restShare * done.took;
    if (running === null && !isResting) void this.#start(state).catch(() => undefined);
  }

  #stateOf(directory: string, wanted: ReportWanted = {}): RunState {
    const key = JSON.stringify([directory, wanted.evaluation ?? null, wanted.controls ?? null]);
    const state = this.#states.get(key) ?? {
      ...{
        directory,
        wanted,
        done: null,
        running: null,
        failed: null,
        preview: null,
        curves: null,
        kept: null,
        isLookedAt: false,
      },
      analyzedFrom: -Infinity,
    };
    this.#states.set(key, state);
    return state;
  }

  #start(state: RunState): Promise<RunReport> {
    const { directory, wanted } = state;
    const began = performance.now();
    // Taken before the files are read: what is written meanwhile makes the report an older one.
    const fingerprint = fingerprintOf(directory, wanted);
    const made = async (): Promise<RunReport> => {
      try {
        const value = await this.#source.buildReport(
          directory,
          wanted,
          // Where there is an earlier report its figures stand meanwhile.
          state.done === null ? (preview) => (state.curves = { fingerprint, preview }) : undefined,
        );
        const endedAt = performance.now();
        state.done = { fingerprint, value, took: endedAt - began, endedAt };
        return value;
      } catch (error) {
        state.failed = { fingerprint, error };
        throw error;
      } finally {
        state.curves = null;
        state.running = null;
      }
    };
    // Begins after `running` is set, also where the source answers at once.
    const promise = Promise.resolve().then(made);
    state.running = { began, promise };
    return promise;
  }
}

/** The preview of a run's log as its files are; begun where there is none of them yet. */
function previewOf(
  state: RunState,
  previewLog: NonNullable<ReportSource["previewLog"]>,
  fingerprint: string,
): StartedPreview {
  const { directory, done, preview: known } = state;
  const key = `${fingerprint}\n${done?.fingerprint ?? ""}`;
  if (known?.key === key) return known;
  const promise = Promise.resolve(
    previewLog(directory, done === null ? [] : usualTransitions(done.value.analysis)),
  );
  const started = { key, promise };
  state.preview = started;
  promise.catch(() => {
    if (state.preview === started) state.preview = null;
  });
  return started;
}

/** Text that changes when a run does, or a control that it is held against; another for each evaluation and control. */
function fingerprintOf(directory: string, { evaluation, controls }: ReportWanted): string {
  const named = controls === undefined ? namedControlOf(directory) : null;
  const held = controls ?? (named === null ? [] : [named]);
  return [
    runFingerprint(directory),
    ...held.flatMap((control) => [control, runFingerprint(control)]),
    ...(evaluation === undefined ? [] : [evaluation]),
  ].join("\n");
}
