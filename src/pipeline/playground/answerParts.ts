import type { AnswerPart, Column, WholeAnswer } from "./playgroundMessages.js";

/** Milliseconds between two looks at the texts; nobody reads faster. */
const pause = 30;

/** Texts of a growing batch of answers, handed out in pieces as tokens arrive. */
export class AnswerParts {
  readonly #decode: (ids: readonly number[]) => string;
  readonly #columns: readonly Column[];
  readonly #samples: number;
  readonly #now: () => number;
  readonly #shown: string[];
  readonly #hasEnded: boolean[];
  #calls = 0;
  #last = -Infinity;

  /**
   * Begins with empty answers.
   *
   * @param columns the rows are divided evenly among them, in order
   * @param samples rows of each column
   */
  constructor(
    decode: (ids: readonly number[]) => string,
    columns: readonly Column[],
    samples: number,
    now: () => number = () => performance.now(),
  ) {
    this.#decode = decode;
    this.#columns = columns;
    this.#samples = samples;
    this.#now = now;
    this.#shown = Array.from({ length: columns.length * samples }, () => "");
    this.#hasEnded = this.#shown.map(() => false);
  }

  /**
   * Takes one more token of every row, and returns what is new since the last look.
   *
   * @param answers tokens of every row so far, as `generate` tells them; a row that has not grown has ended
   */
  take(answers: readonly (readonly number[])[]): {
    readonly changed: readonly AnswerPart[];
    readonly ended: readonly WholeAnswer[];
  } {
    this.#calls++;
    const ended = answers.flatMap((ids, row) => {
      if (this.#hasEnded[row] === true || ids.length >= this.#calls) return [];
      return [this.#end(row, ids, true)];
    });
    if (this.#now() - this.#last < pause) return { changed: [], ended };
    this.#last = this.#now();
    return { changed: answers.flatMap((ids, row) => this.#part(row, ids) ?? []), ended };
  }

  /** Returns the answers that were cut at their longest. */
  finish(answers: readonly (readonly number[])[]): WholeAnswer[] {
    return answers.flatMap((ids, row) => (this.#hasEnded[row] === true ? [] : [this.#end(row, ids, false)]));
  }

  #end(row: number, ids: readonly number[], hasEnded: boolean): WholeAnswer {
    this.#hasEnded[row] = true;
    return { ...this.#place(row), text: this.#decode(ids), tokens: ids.length, hasEnded };
  }

  #part(row: number, ids: readonly number[]): AnswerPart | null {
    if (this.#hasEnded[row] === true) return null;
    // A character of several tokens is shown once it is whole.
    const text = this.#decode(ids).replace(/\uFFFD+$/, "");
    const before = this.#shown[row] ?? "";
    if (text === before) return null;
    this.#shown[row] = text;
    const kept = text.startsWith(before) ? before.length : 0;
    return { ...this.#place(row), kept, text: text.slice(kept) };
  }

  #place(row: number): { readonly column: Column; readonly sample: number } {
    return {
      column: this.#columns[Math.floor(row / this.#samples)] ?? "chosen",
      sample: row % this.#samples,
    };
  }
}
