import { expectationOf, minimumNumericMass } from "./numericScore.js";

/** Prefix tree of the token sequences of the answers 0 … 100. */
export interface AnswerTrie<Token> {
  /** The number that ends here, or null inside a sequence. */
  value: number | null;
  readonly children: Map<Token, AnswerTrie<Token>>;
}

/**
 * Builds the prefix tree of the answers 0 … 100 as a judge's tokenizer writes them.
 *
 * @param encode the tokens of a number's text, such as `["8", "5"]`
 */
export function buildAnswerTrie<Token>(encode: (text: string) => readonly Token[]): AnswerTrie<Token> {
  const root: AnswerTrie<Token> = { value: null, children: new Map() };
  for (let value = 0; value <= 100; value++) {
    let node = root;
    for (const token of encode(String(value))) {
      let next = node.children.get(token);
      if (next === undefined) {
        next = { value: null, children: new Map() };
        node.children.set(token, next);
      }
      node = next;
    }
    node.value = value;
  }
  return root;
}

/** Limits of reading an expectation. */
export interface TrieExpectationOptions {
  /** Smallest probability of "a number" that counts as an answer. @default 0.25 */
  readonly minimumMass?: number;
  /**
   * Probability below which a prefix is not followed; its answers then count as no number, at most this much for each
   * prefix. @default 0.001
   */
  readonly negligible?: number;
}

/** Expected number of a judge, and the probability it rests on. */
export interface TrieExpectation {
  readonly score: number | null;
  /** Probability that the judge gives one of the 101 answers. */
  readonly mass: number;
  /** Prefixes whose continuation was asked for. */
  readonly asked: number;
}

/**
 * Computes the expected number of a judge whose tokenizer splits numbers: reading one token there turns 85 into 8
 * (`docs/methods.md §3.3`).
 *
 * @param nextProbabilities probabilities of the tokens that may follow a prefix, those that matter at least
 */
export async function trieExpectation<Token>(
  trie: AnswerTrie<Token>,
  nextProbabilities: (prefix: readonly Token[]) => Promise<ReadonlyMap<Token, number>>,
  options: TrieExpectationOptions = {},
): Promise<TrieExpectation> {
  const { minimumMass = minimumNumericMass } = options;
  const { probabilities, asked } = await trieDistribution(trie, nextProbabilities, options);
  let [mass, sum] = [0, 0];
  for (const [value, probability] of probabilities) {
    mass += probability;
    sum += probability * value;
  }
  return { score: expectationOf(sum, mass, minimumMass), mass, asked };
}

/**
 * Computes the probability of each number that a judge may answer: the product of its tokens' probabilities, times the
 * probability that the number ends there where it could go on ("8" before "85", "10" before "100").
 *
 * @param nextProbabilities probabilities of the tokens that may follow a prefix, those that matter at least
 * @returns the numbers that were followed, and the prefixes whose continuation was asked for
 */
export async function trieDistribution<Token>(
  trie: AnswerTrie<Token>,
  nextProbabilities: (prefix: readonly Token[]) => Promise<ReadonlyMap<Token, number>>,
  { negligible = 1e-3 }: Pick<TrieExpectationOptions, "negligible"> = {},
): Promise<{ readonly probabilities: ReadonlyMap<number, number>; readonly asked: number }> {
  const probabilities = new Map<number, number>();
  let asked = 0;
  const visit = async (node: AnswerTrie<Token>, prefix: readonly Token[], reach: number): Promise<void> => {
    let goesOn = 0;
    if (node.children.size > 0) {
      if (reach < negligible) return;
      asked++;
      const next = await nextProbabilities(prefix);
      const followed = [...node.children].map(([token, child]) => {
        const probability = next.get(token) ?? 0;
        goesOn += probability;
        return visit(child, [...prefix, token], reach * probability);
      });
      await Promise.all(followed);
    }
    if (node.value !== null) probabilities.set(node.value, reach * Math.max(0, 1 - goesOn));
  };
  await visit(trie, [], 1);
  return { probabilities, asked };
}
