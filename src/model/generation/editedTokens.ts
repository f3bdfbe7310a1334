/** Tokens whose residual stream edits change: all, or those of the answer alone. */
export const editedTokenKinds = ["all", "answer"] as const;

export type EditedTokens = (typeof editedTokenKinds)[number];
