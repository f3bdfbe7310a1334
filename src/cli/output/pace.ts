/** Most updates that the time left is estimated from: later ones know more of how fast it goes now. */
const window = 30;

/** Estimates how long the rest of some work takes, from how fast its last parts went. */
export class Pace {
  readonly #seen: { readonly done: number; readonly seconds: number }[] = [];

  /**
   * Takes note of how much is done, and estimates the rest. What came before the first note, such as the compilation of
   * programs, is not counted.
   * @param seconds time of a clock that never goes back
   * @returns seconds; null before anything was seen to be done
   */
  secondsLeft(done: number, total: number, seconds: number): number | null {
    this.#seen.push({ done, seconds });
    if (this.#seen.length > window) this.#seen.shift();
    const [first] = this.#seen;
    if (first === undefined || done <= first.done) return null;
    return ((seconds - first.seconds) * Math.max(0, total - done)) / (done - first.done);
  }
}
