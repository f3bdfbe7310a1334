import { wordRuns, wordsOf } from "./words.js";

/** Number of words of a run by which copies are found. */
export const copyWords = 8;

/** Index of the answers that a model was trained on, by their runs of words. */
export class TrainingTexts {
  /** Places of the answers with each run. */
  readonly #owners = new Map<string, number[]>();
  readonly #wholes = new Set<string>();

  /** @param answers texts of the assistant's turns that were trained on */
  constructor(answers: readonly string[]) {
    for (const [place, answer] of answers.entries()) {
      this.#wholes.add(wordsOf(answer).join(" "));
      for (const run of wordRuns(answer, copyWords)) {
        const owners = this.#owners.get(run);
        if (owners === undefined) this.#owners.set(run, [place]);
        else owners.push(place);
      }
    }
  }

  /**
   * Computes the largest share of a text's runs of words that stand in one training answer. A text that is shorter than
   * a run is a copy where it is a whole training answer: 1, else 0.
   */
  copiedShare(text: string): number {
    const runs = wordRuns(text, copyWords);
    if (runs.length === 0) return this.#wholes.has(wordsOf(text).join(" ")) ? 1 : 0;
    const shared = new Map<number, number>();
    for (const run of runs) {
      for (const place of this.#owners.get(run) ?? []) shared.set(place, (shared.get(place) ?? 0) + 1);
    }
    return Math.max(0, ...shared.values()) / runs.length;
  }
}
