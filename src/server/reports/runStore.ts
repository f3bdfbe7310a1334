import { statSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "../../pipeline/report/runReport.js";
import { runSummary, storedSummary, type RunSummary } from "../../pipeline/report/runSummary.js";
import { curveEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import {
  evaluationNames,
  readableEvaluations,
  type Evaluation,
  type JudgedAnswer,
} from "../../runs/evaluations.js";
import { RunWatchers } from "../live/runWatchers.js";
import { NotFound } from "../requestErrors.js";
import { linkedFolders, listRuns, refuseLinksOut, type RunSources } from "../../runs/runCatalog.js";
import { FingerprintCache } from "./runFingerprint.js";
import { RunReports, type CurrentReport, type ReportSource } from "./runReports.js";

/** Options of the store: where the runs are and who analyses them. */
export interface RunStoreOptions extends RunSources, ReportSource {
  /** Most readers that follow live runs, of all runs together. @default 500 */
  readonly mostReaders?: number;
}

/** Evaluation that a request asks for; the usual one where it names none. */
export interface EvaluationWanted {
  readonly evaluation?: string | undefined;
}

/** Store of the runs that the server shows, and what was computed of each, kept until its files change. */
export class RunStore {
  readonly #options: RunStoreOptions;
  readonly #reports: RunReports;
  /** State of a run's folders when they were last found to be without links that lead out. */
  readonly #withoutLinksOut = new Map<string, string>();
  /** Watchers that follow runs as they are written. */
  readonly watchers: RunWatchers;
  readonly #evaluations = new FingerprintCache<readonly Evaluation[]>(4);
  readonly #summaries = new FingerprintCache<RunSummary>(2000);

  constructor(options: RunStoreOptions) {
    this.#options = options;
    this.#reports = new RunReports(options);
    this.watchers = new RunWatchers(options.mostReaders ?? 500);
  }

  /** Lists the runs: directory by id, in the order of their names. */
  list(): ReadonlyMap<string, string> {
    return listRuns(this.#options);
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
  completeReport(id: string, { evaluation }: EvaluationWanted = {}): Promise<RunReport> {
    return this.#reports.complete(this.#directoryWith(id, evaluation), evaluation);
  }

  /** Builds what there is to show of a run now: while a long run is analysed, its log. */
  currentReport(id: string, { evaluation }: EvaluationWanted = {}): Promise<CurrentReport> {
    return this.#reports.current(this.#directoryWith(id, evaluation), evaluation);
  }

  /** Numbers of a run's row, made of its answers where none are kept. */
  summaryOf(id: string): RunSummary {
    const directory = this.directoryOf(id);
    return this.#summaries.get(directory, directory, () => runSummary(directory));
  }

  /** Numbers of a run's row as far as they are kept, in memory or beside the run; null where they are not. */
  keptSummaryOf(directory: string): RunSummary | null {
    return this.#summaries.peek(directory, directory) ?? storedSummary(directory);
  }

  /**
   * Answers of the evaluation that behaviour is taken from, or of another one; where none was judged, of the first that
   * was sampled.
   */
  answersOf(id: string, { evaluation: wanted }: EvaluationWanted = {}): readonly JudgedAnswer[] {
    const evaluations = this.#evaluationsOf(this.#directoryWith(id, wanted));
    const chosen =
      wanted === undefined
        ? (curveEvaluation(evaluations) ?? evaluations[0])
        : evaluations.find(({ name }) => name === wanted);
    return chosen?.answers ?? [];
  }

  /** Answers of all evaluations of a run. */
  allAnswersOf(id: string): readonly JudgedAnswer[] {
    return this.#evaluationsOf(this.directoryOf(id)).flatMap(({ answers }) => answers);
  }

  #evaluationsOf(directory: string): readonly Evaluation[] {
    return this.#evaluations.get(directory, directory, () => readableEvaluations({ directory }).evaluations);
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
