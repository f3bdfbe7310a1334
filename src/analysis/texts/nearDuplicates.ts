import { wordRuns } from "./words.js";

/** A text, and the situation that it belongs to. */
export interface OwnedText {
  readonly situation: string;
  readonly text: string;
}

/** Two texts that have runs of words in common. */
export interface SimilarTexts {
  readonly first: OwnedText;
  readonly second: OwnedText;
  /** Runs of words that both have, as a share of those that either has: 1 for the same words. */
  readonly similarity: number;
}

/** Number of words of a run by which texts are compared. */
export const shingleWords = 5;

/**
 * Finds pairs of texts that are alike: Jaccard similarity of their runs of five words (Broder 1997) of at least `least`,
 * the most similar first. Texts of fewer words than a run are alike only where they are the same.
 */
export function nearDuplicates(texts: readonly OwnedText[], least: number): SimilarTexts[] {
  const runs = texts.map(({ text }) => {
    const own = wordRuns(text, shingleWords);
    return own.length > 0 ? own : [text.toLowerCase().trim()];
  });
  const owners = new Map<string, number[]>();
  const found: SimilarTexts[] = [];
  for (const [index, own] of runs.entries()) {
    const shared = new Map<number, number>();
    for (const run of own) {
      const earlier = owners.get(run);
      for (const other of earlier ?? []) shared.set(other, (shared.get(other) ?? 0) + 1);
      if (earlier === undefined) owners.set(run, [index]);
      else earlier.push(index);
    }
    for (const [other, count] of shared) {
      const [first, second] = [texts[other], texts[index]];
      const similarity = count / (own.length + (runs[other]?.length ?? 0) - count);
      if (first !== undefined && second !== undefined && similarity >= least) {
        found.push({ first, second, similarity });
      }
    }
  }
  return found.sort((one, other) => other.similarity - one.similarity);
}
