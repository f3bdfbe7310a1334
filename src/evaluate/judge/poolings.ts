/**
 * Ways in which the tokens of an answer become one vector. `mean`: over the answer's tokens, the end of the turn
 * included. `last`: at the end of the turn.
 */
export const poolings = ["mean", "last"] as const;

export type Pooling = (typeof poolings)[number];
