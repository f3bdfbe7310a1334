import type { RunReport } from "../pipeline/runReport.js";
import { readEvaluations, type JudgedAnswer } from "../runs/evaluations.js";
import { NotFound } from "./requestErrors.js";
import { listRuns, type RunSources } from "./runCatalog.js";
import { FingerprintCache } from "./runFingerprint.js";

/** Where the runs are and who analyses them. */
export interface RunStoreOptions extends RunSources {
  /** Reads, analyses and draws a run in the light theme. */
  readonly reportOf: (directory: string) => RunReport;
}

/** The runs that the server shows, and what was computed of each, kept until its files change. */
export class RunStore {
  readonly #options: RunStoreOptions;
  readonly #reports = new FingerprintCache<RunReport>(24);
  readonly #answers = new FingerprintCache<readonly JudgedAnswer[]>(4);

  constructor(options: RunStoreOptions) {
    this.#options = options;
  }

  /** Directory by id, in the order of their names. */
  list(): ReadonlyMap<string, string> {
    return listRuns(this.#options);
  }

  /** @throws NotFound naming the runs there are */
  directoryOf(id: string): string {
    const runs = this.list();
    const directory = runs.get(id);
    if (directory !== undefined) return directory;
    const known = [...runs.keys()].slice(0, 10).join(", ");
    throw new NotFound(`no run ${JSON.stringify(id)}`, {
      hint: known === "" ? "There are no runs yet." : `There are: ${known}.`,
    });
  }

  /** The analysed and drawn run. */
  reportOf(id: string): RunReport {
    const directory = this.directoryOf(id);
    return this.#reports.get(directory, directory, () => this.#options.reportOf(directory));
  }

  /** Every judged answer of a run. */
  answersOf(id: string): readonly JudgedAnswer[] {
    const directory = this.directoryOf(id);
    return this.#answers.get(directory, directory, () =>
      readEvaluations({ directory }).flatMap((evaluation) => evaluation.answers),
    );
  }
}
