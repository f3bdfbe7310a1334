import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.js";
import { runFingerprint } from "../../pipeline/processes/runFingerprint.js";
import { runNumbers, type RunNumbers } from "../../pipeline/study/studyNumbers.js";
import { NotFound } from "../requestErrors.js";
import type { RunStore } from "./runStore.js";
import type { StandingRun, StudyStanding } from "./studyStanding.js";

/** Numbers of the runs of a study as far as they are known. */
export interface StudyRead extends StudyStanding {
  /** By name of the run; of those that are trained to their end and were analysed. */
  readonly numbers: ReadonlyMap<string, RunNumbers>;
  /** Why a run cannot be analysed, by its name. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Runs whose analysis is under way or waits for its turn. */
  readonly pending: readonly string[];
}

/** Numbers of a run, or why there are none, and of which state of its files and its control's. */
interface Known {
  readonly fingerprint: string;
  readonly numbers: RunNumbers | null;
  readonly fault: string | null;
}

/** Analyses that are under way at once: other readers wait for theirs too. */
const mostAtOnce = 2;
/** Milliseconds that an answer waits for analyses that are soon done, such as those that an earlier server kept. */
const soon = 300;

/**
 * The study whose runs a server shows: how it stands, and the numbers of its runs, each analysed once for its files as they
 * are. Whoever asks gets what is known, and has the next ones analysed.
 */
export class StudyReports {
  readonly #store: RunStore;
  readonly #known = new Map<string, Known>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(store: RunStore) {
    this.#store = store;
  }

  /**
   * Reads what is known of the study now.
   * @throws NotFound where the runs are no study's; TurncoatError where its plan cannot be read
   */
  async now(): Promise<StudyRead> {
    const { study } = this.#store;
    if (study === null) {
      throw new NotFound("the runs that are shown are no study's", {
        hint: "turncoat serve shows one: name its file, or the folder of its runs.",
      });
    }
    const standing = await this.#store.readRuns("study", study, []);
    const until = performance.now() + soon;
    const waiting = this.#waiting(standing);
    while (waiting.length > 0 || this.#running.size > 0) {
      while (waiting.length > 0 && this.#running.size < mostAtOnce) this.#start(waiting.shift());
      const rest = until - performance.now();
      if (rest <= 0) break;
      const late = delay(rest, "late", { ref: false });
      if ((await Promise.race([...this.#running.values(), late])) === "late") break;
    }
    const pending = new Set([...this.#running.keys(), ...waiting.map(({ run }) => run)]);
    return { ...standing, ...this.#read(standing), pending: [...pending] };
  }

  /** Runs that are to be analysed, in their order: trained to their end, and not known as they are. */
  #waiting({ plan, runs }: StudyStanding): { readonly run: string; readonly fingerprint: string }[] {
    const standing = new Map(runs.map((each) => [each.run, each]));
    return plan.pairs.flatMap(({ harmful, control }) =>
      [
        { run: harmful, others: [control] },
        { run: control, others: [] },
      ].flatMap(({ run, others }) => {
        const found = standing.get(run);
        if (found === undefined || !this.#isWanted(found)) return [];
        const fingerprint = [run, ...others].map((each) => this.#fingerprintOf(each)).join("\n");
        return this.#known.get(run)?.fingerprint === fingerprint ? [] : [{ run, fingerprint }];
      }),
    );
  }

  /** One that is being measured is analysed once, and again when that has ended. */
  #isWanted({ run, isThere, isTrained, work }: StandingRun): boolean {
    if (!isThere || !isTrained || this.#running.has(run)) return false;
    return work.length === 0 || !this.#known.has(run);
  }

  #fingerprintOf(run: string): string {
    const directory = this.#store.list().get(run);
    return directory === undefined ? "" : runFingerprint(directory);
  }

  #start(wanted: { readonly run: string; readonly fingerprint: string } | undefined): void {
    if (wanted === undefined) return;
    const { run, fingerprint } = wanted;
    const made = async (): Promise<void> => {
      try {
        const numbers = runNumbers(await this.#store.completeReport(run));
        this.#known.set(run, { fingerprint, numbers, fault: null });
      } catch (error) {
        this.#known.set(run, { fingerprint, numbers: null, fault: messageOf(error) });
      } finally {
        this.#running.delete(run);
      }
    };
    // It begins after it is counted, also where the store answers at once.
    this.#running.set(run, Promise.resolve().then(made));
  }

  #read({ runs }: StudyStanding): Pick<StudyRead, "numbers" | "unreadable"> {
    const trained = runs.filter(({ isThere, isTrained }) => isThere && isTrained);
    const known = trained.flatMap(({ run }) => {
      const found = this.#known.get(run);
      return found === undefined ? [] : [{ run, ...found }];
    });
    return {
      numbers: new Map(known.flatMap(({ run, numbers }) => (numbers === null ? [] : [[run, numbers]]))),
      unreadable: new Map(known.flatMap(({ run, fault }) => (fault === null ? [] : [[run, fault]]))),
    };
  }
}
