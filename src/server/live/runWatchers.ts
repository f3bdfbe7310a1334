import { Busy } from "../requestErrors.js";
import type { ServedLiveState } from "../schemas/live.js";
import { RunTail } from "./runTail.js";
import { RunWatcher, type NumberedEvent } from "./runWatcher.js";

/** Milliseconds for which a run without readers is followed on, so that one that comes back has missed nothing. */
const linger = 60_000;

/** The followed runs: one watcher a run, whatever the number of its readers. */
export class RunWatchers {
  readonly #mostReaders: number;
  readonly #watchers = new Map<
    string,
    { readonly watcher: RunWatcher; readers: number; ending: NodeJS.Timeout | undefined }
  >();
  #readers = 0;

  /** @param mostReaders of all runs together; every one holds a connection */
  constructor(mostReaders: number) {
    this.#mostReaders = mostReaders;
  }

  /** Numbers of readers and of runs that are followed now. */
  get counts(): { readonly readers: number; readonly runs: number } {
    return { readers: this.#readers, runs: this.#watchers.size };
  }

  /** @throws Busy where there are too many readers already */
  admit(): void {
    if (this.#readers < this.#mostReaders) return;
    throw new Busy(`there are ${this.#readers} readers already`, { hint: "Close a page of a live run." });
  }

  /** State of a run, followed or not. */
  stateOf(directory: string): ServedLiveState {
    const kept = this.#watchers.get(directory);
    if (kept !== undefined) return kept.watcher.state;
    const tail = new RunTail(directory);
    tail.look();
    return tail.state();
  }

  /** Yields the events of a run after one that a reader had, until the signal; see `RunWatcher.events`. */
  async *events(
    directory: string,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent> {
    const kept = this.#watchers.get(directory) ?? {
      watcher: new RunWatcher(directory),
      readers: 0,
      ending: undefined,
    };
    this.#watchers.set(directory, kept);
    clearTimeout(kept.ending);
    kept.readers++;
    this.#readers++;
    try {
      yield* kept.watcher.events(lastEventId, signal);
    } finally {
      kept.readers--;
      this.#readers--;
      if (kept.readers === 0) {
        kept.ending = setTimeout(() => {
          kept.watcher.close();
          this.#watchers.delete(directory);
        }, linger).unref();
      }
    }
  }
}
