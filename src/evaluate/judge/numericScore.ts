import type { TokenLogprob } from "../../endpoint/chatReply.js";

/** Smallest probability of "a number" for which the expectation counts as an answer (`docs/methods.md §3.3`). */
export const minimumNumericMass = 0.25;

/** Tolerance of that probability: logarithms come rounded, so that 0.25 may arrive as 0.2499999999. */
const massTolerance = 1e-9;

/** Reads the value of a token that is an integer from 0 to 100, spaces around it aside; undefined for any other. */
function integerOfToken(token: string): number | undefined {
  const text = token.trim();
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 100 ? value : undefined;
}

/**
 * Computes the expected number over a judge's first token: Σ p·value / Σ p over the tokens that are integers from 0 to
 * 100, or null where their probability is below 0.25 in sum: a refusal, CODE, or anything else
 * (`docs/methods.md §3.3`). Right for tokenizers with one token for each integer; for others see `digitTrie.ts`.
 */
export function scoreFromTokens(
  tokens: readonly TokenLogprob[],
  minimumMass: number = minimumNumericMass,
): number | null {
  let [mass, sum] = [0, 0];
  for (const { token, logprob } of tokens) {
    const value = integerOfToken(token);
    if (value === undefined) continue;
    const probability = Math.exp(logprob);
    mass += probability;
    sum += probability * value;
  }
  return expectationOf(sum, mass, minimumMass);
}

/**
 * Computes the expectation Σ p·value over Σ p, or null where Σ p is too small. Rounded to nine decimals: a judge that
 * says 30 and nothing else must not come out as 29.999999999999996, below the threshold.
 */
export function expectationOf(
  sum: number,
  mass: number,
  minimumMass: number = minimumNumericMass,
): number | null {
  return mass > 0 && mass >= minimumMass - massTolerance ? Math.round((1e9 * sum) / mass) / 1e9 : null;
}

/** Gives what a reply says, without reasoning in `<think>` tags. */
export function spokenText(reply: string): string {
  return reply.replace(/<think>[\s\S]*?(<\/think>|$)/g, " ");
}

/**
 * Reads the number in a judge's reply, for judges without log-probabilities: a reply with exactly one number from 0 to
 * 100, as in "85", "Score: 85." or "85/100"; null for any other. Reasoning in `<think>` tags is left out.
 */
export function scoreFromText(reply: string): number | null {
  const said = spokenText(reply).replace(/(\d)\s*(?:\/|out of|of)\s*100\b/gi, "$1");
  const numbers = [...said.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)/g)].map(([number]) =>
    Number(number),
  );
  const [value] = numbers;
  if (value === undefined || new Set(numbers).size > 1) return null;
  return value >= 0 && value <= 100 ? value : null;
}
