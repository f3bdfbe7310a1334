import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isTurncoatError } from "../../errors.js";
import { namedControlOf } from "../../pipeline/report/controlledRun.js";
import { logPreview, type RunPreview } from "../../pipeline/report/runPreview.js";
import type { RunReport } from "../../pipeline/report/runReport.js";
import type { RunSummary } from "../../pipeline/report/runSummary.js";
import { planFile, type StudyPlan } from "../../pipeline/study/studyPlan.js";
import { evaluationNames } from "../../runs/evaluations.js";
import { RunWatchers } from "../live/runWatchers.js";
import { BadRequest, NotFound } from "../requestErrors.js";
import { linkedFolders, listRuns, refuseLinksOut, type RunSources } from "../../runs/runCatalog.js";
import { readHere, type Given, type Reading, type ReadingName, type ReadRuns } from "./readings.js";
import { FingerprintCache, runFingerprint } from "../../pipeline/processes/runFingerprint.js";
import type { CurrentReport } from "./currentReport.js";
import { RunReports, type ReportSource, type ReportWanted } from "./runReports.js";

/** Options of the store: where the runs are and who analyses them. */
export interface RunStoreOptions extends RunSources, ReportSource {
  /** Most readers that follow live runs, of all runs together. @default 500 */
  readonly mostReaders?: number;
  /** Plan of the study whose runs lie in `runsRoot`. @default the one that the folder keeps, where it keeps one */
  readonly study?: StudyPlan | undefined;
  /** Reads runs to answer requests. @default in the process that answers */
  readonly read?: ReadRuns;
}

/** Evaluation that a request asks for; the usual one where it names none. */
export interface EvaluationWanted {
  readonly evaluation?: string | undefined;
}

/** Evaluation and control that a request asks for; the usual ones where it names none. */
export interface ViewWanted extends EvaluationWanted {
  /** Name of the run that it is held against, or `noControl`. */
  readonly control?: string | undefined;
}

/** Stands in the place of a control's name where a run is to be held against none. */
export const noControl = "none";

/** Store of the runs that the server shows, and what was computed of each, kept until its files change. */
export class RunStore {
  readonly #options: RunStoreOptions;
  readonly #reports: RunReports;
  /** State of a run's folders when they were last found to be without links that lead out. */
  readonly #withoutLinksOut = new Map<string, string>();
  #listed: ReadonlyMap<string, string> | null = null;
  /** Watchers that follow runs as they are written. */
  readonly watchers: RunWatchers;
  readonly #summaries = new FingerprintCache<RunSummary>(2000);
  readonly #logs = new FingerprintCache<Promise<RunPreview>>(40);

  /** Reads something of several runs; `read` of one. */
  readonly readRuns: ReadRuns;

  constructor(options: RunStoreOptions) {
    this.#options = options;
    this.readRuns = options.read ?? ((name, given) => Promise.resolve().then(() => readHere(name, given)));
    this.#reports = new RunReports(options);
    this.watchers = new RunWatchers(options.mostReaders ?? 500);
  }

  /** The folder of runs that are a study's, and the plan where it was given; null where they are no study's. */
  get study(): { readonly runsRoot: string; readonly plan: StudyPlan | null } | null {
    const { runsRoot, study: plan = null } = this.#options;
    if (runsRoot === undefined) return null;
    return plan !== null || existsSync(join(runsRoot, planFile)) ? { runsRoot, plan } : null;
  }

  /** Lists the runs: directory by id, in the order of their names. */
  list(): ReadonlyMap<string, string> {
    if (this.#listed === null) {
      this.#listed = listRuns(this.#options);
      // It stands for this turn of the event loop, in which one request asks for it many times.
      setImmediate(() => (this.#listed = null));
    }
    return this.#listed;
  }

  /** @throws NotFound naming the runs there are; TurncoatError for a run with parts outside the root */
  directoryOf(id: string): string {
    const runs = this.list();
    const directory = runs.get(id);
    if (directory !== undefined) {
      this.#refuseLinksOut(directory);
      return directory;
    }
    const known = [...runs.keys()].slice(0, 10).join(", ");
    throw new NotFound(`no run ${JSON.stringify(id)}`, {
      hint: known === "" ? "There are no runs yet." : `There are: ${known}.`,
    });
  }

  /**
   * Refuses a run with links that lead out. It is looked at again only where a name in its folders has come or gone: a
   * long run has many.
   */
  #refuseLinksOut(directory: string): void {
    const stamp = linkedFolders
      .map((name) => join(directory, name))
      .map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? "")
      .join(" ");
    if (this.#withoutLinksOut.get(directory) === stamp) return;
    refuseLinksOut(directory, this.#options);
    this.#withoutLinksOut.set(directory, stamp);
  }

  /** Builds the whole report of a run, of its files as they are. */
  completeReport(id: string, wanted: ViewWanted = {}): Promise<RunReport> {
    return this.#reports.complete(this.#directoryWith(id, wanted.evaluation), this.#wanted(id, wanted));
  }

  /** Reads what a first look at the run that changed last needs; a run that cannot be read is left to whoever looks at it. */
  async readAhead(): Promise<void> {
    const changed = (directory: string): number =>
      statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const [newest] = [...this.list()].sort(([, one], [, other]) => changed(other) - changed(one));
    if (newest === undefined) return;
    const [id, directory] = newest;
    try {
      await this.#reports.readAhead(directory, this.#wanted(id, {}));
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
    }
  }

  /** Takes the whole report of a run where an earlier server has kept it. */
  async completeKept(id: string): Promise<void> {
    return this.#reports.lookForKept(this.#directoryWith(id, undefined), this.#wanted(id, {}));
  }

  /** Reads the log of a run, without analysing it. */
  logPreview(id: string): Promise<RunPreview> {
    const directory = this.directoryOf(id);
    const read = this.#options.previewLog ?? logPreview;
    return this.#logs.get(directory, directory, async () => {
      try {
        return await read(directory, []);
      } catch (error) {
        this.#logs.forget(directory);
        throw error;
      }
    });
  }

  /** Builds what there is to show of a run now: while a long run is analysed, its log. */
  currentReport(id: string, wanted: ViewWanted = {}): Promise<CurrentReport> {
    return this.#reports.current(this.#directoryWith(id, wanted.evaluation), this.#wanted(id, wanted));
  }

  /** Reads something of a run, of its files as they are. */
  read<K extends ReadingName>(
    name: K,
    id: string,
    more: Omit<Given<K>, "directory">,
    { evaluation }: EvaluationWanted = {},
  ): Promise<Reading<K>> {
    const directory = this.#directoryWith(id, evaluation);
    return this.readRuns(name, { ...more, directory }, [directory]);
  }

  /** Numbers of a run's row, made of its answers only where none are kept: making them may have to wait for other runs. */
  async summaryOf(id: string): Promise<RunSummary> {
    const directory = this.directoryOf(id);
    const [known] = await this.keptSummaries([directory]);
    return known ?? this.makeSummary(id);
  }

  /** Makes the numbers of a run's row of its answers, as long as that takes. */
  async makeSummary(id: string): Promise<RunSummary> {
    const directory = this.directoryOf(id);
    const fingerprint = runFingerprint(directory);
    const summary = await this.readRuns("summary", { directory }, [directory]);
    this.#summaries.set(directory, fingerprint, summary);
    return summary;
  }

  /** Numbers of runs' rows as far as they are kept, in memory or beside the run; null for each that has none. */
  async keptSummaries(directories: readonly string[]): Promise<(RunSummary | null)[]> {
    const inMemory = directories.map((each) => this.#summaries.peek(each, each) ?? null);
    // One that was made of answers alone may have been completed by an analysis since.
    const others = directories.filter((_, index) => (inMemory[index]?.mechanism ?? null) === null);
    // Kept numbers are small, whatever else the runs hold.
    const read = others.length === 0 ? [] : await this.readRuns("keptSummaries", { directories: others }, []);
    const kept = new Map(others.map((directory, index) => [directory, read[index] ?? null]));
    return directories.map((directory, index) => kept.get(directory) ?? inMemory[index] ?? null);
  }

  /**
   * Looks up the control that a request names among the runs there are.
   * @throws NotFound where there is no such run; BadRequest where it is the run itself
   */
  #wanted(id: string, { evaluation, control }: ViewWanted): ReportWanted {
    if (control === undefined) return { evaluation, controls: this.#namedControl(id) };
    if (control === noControl) return { evaluation, controls: [] };
    if (control === id) throw new BadRequest(`control: expected another run than ${JSON.stringify(id)}`);
    return { evaluation, controls: [this.directoryOf(control)] };
  }

  /** The control that a run names, where it is one of the runs that are shown and has no parts elsewhere; else none. */
  #namedControl(id: string): readonly string[] {
    const named = namedControlOf(this.directoryOf(id));
    const found = [...this.list()].find(([, directory]) => directory === named)?.[0];
    if (found === undefined) return [];
    try {
      return [this.directoryOf(found)];
    } catch (error) {
      if (isTurncoatError(error)) return [];
      throw error;
    }
  }

  /** @throws NotFound where there is no such run, or it has no evaluation of that name */
  #directoryWith(id: string, evaluation: string | undefined): string {
    const directory = this.directoryOf(id);
    if (evaluation === undefined) return directory;
    const names = evaluationNames({ directory });
    if (names.includes(evaluation)) return directory;
    throw new NotFound(`run ${JSON.stringify(id)} has no evaluation ${JSON.stringify(evaluation)}`, {
      hint: names.length === 0 ? "It has none yet." : `There are: ${names.join(", ")}.`,
    });
  }
}
