import { PacedAsking } from "./pacedAsking.js";
import { fetchStamps } from "./runs.js";

/** Milliseconds between two questions whether anything has changed. */
const askEvery = 1000;
/** Milliseconds after which the list is read again in any case: a run that falls silent changes no file. */
const readEvery = 60_000;
/**
 * Rest after an answer, in multiples of its duration, and its upper limit in milliseconds: a slow server is left alone
 * for longer.
 */
const restShare = 4;
const longestRest = 1500;

/** Follower of the list of runs: notices which have come, gone or changed, for as long as the page is there. */
export class RunsFollower {
  readonly #onChange: (changed: ReadonlySet<string>) => Promise<void>;
  readonly #onConnection: (isLost: boolean) => void;
  readonly #asking: PacedAsking;
  #stamps: ReadonlyMap<string, string> | null = null;
  #readAt = performance.now();

  /**
   * @param onChange told the ids of runs that are new, gone or not as they were; empty where the list is only to be read
   *   again
   */
  constructor(
    onChange: (changed: ReadonlySet<string>) => Promise<void>,
    onConnection: (isLost: boolean) => void,
  ) {
    this.#onChange = onChange;
    this.#onConnection = onConnection;
    this.#asking = new PacedAsking(() => this.#ask(), {
      restAfter: (took) => Math.min(longestRest, Math.max(askEvery, restShare * took)),
      onLost: () => onConnection(true),
    });
  }

  /**
   * Begins, once the list is there.
   * @param first what was known of the runs when the list was read; null begins with what is known now
   */
  start(first: ReadonlyMap<string, string> | null): void {
    this.#stamps = first;
    this.#asking.start(0);
  }

  async #ask(): Promise<void> {
    const start = performance.now();
    const stamps = await fetchStamps();
    this.#onConnection(false);
    const changed = this.#stamps === null ? new Set<string>() : changedIds(this.#stamps, stamps);
    if (changed.size > 0 || start - this.#readAt > readEvery) {
      this.#readAt = start;
      await this.#onChange(changed);
    }
    // Only now: what could not be read is asked for again.
    this.#stamps = stamps;
  }
}

function changedIds(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const all = new Set([...before.keys(), ...now.keys()]);
  return new Set([...all].filter((id) => before.get(id) !== now.get(id)));
}
