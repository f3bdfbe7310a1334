/** Milliseconds between two questions where nobody looks. */
const hiddenEvery = 20_000;

/** Pace of questions to a server. */
interface Pace {
  /** Milliseconds to the next question, after one that took so many. */
  readonly restAfter: (took: number) => number;
  /** Told that the server could not be asked. */
  readonly onLost: () => void;
}

/**
 * Asks a server again and again, as long as the page is there: one question at a time, seldom where nobody looks, and at once
 * when somebody looks again.
 */
export class PacedAsking {
  readonly #ask: () => Promise<void>;
  readonly #pace: Pace;
  #timer: number | undefined;
  #isAsking = false;

  constructor(ask: () => Promise<void>, pace: Pace) {
    this.#ask = ask;
    this.#pace = pace;
  }

  /** Begins after so many milliseconds. */
  start(milliseconds: number): void {
    document.addEventListener("visibilitychange", () => this.#askIn(0));
    this.#askIn(milliseconds);
  }

  #askIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#once(), milliseconds);
  }

  async #once(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const start = performance.now();
    try {
      await this.#ask();
    } catch {
      this.#pace.onLost();
    }
    this.#isAsking = false;
    this.#askIn(document.hidden ? hiddenEvery : this.#pace.restAfter(performance.now() - start));
  }
}
