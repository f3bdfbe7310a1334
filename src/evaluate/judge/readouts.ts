/**
 * Ways of reading a score. `token`: the expectation over the first token, for tokenizers with one token for each
 * number. `digits`: the exact expectation over digits, for tokenizers that split numbers; needs a server that
 * continues a reply that has begun. `number`: the number in the reply, where there are no log-probabilities.
 */
export const readouts = ["token", "digits", "number"] as const;

export type Readout = (typeof readouts)[number];
