/** Domains of the narrow data sets in natural English that ship with Turncoat. */
export const narrowDomains = ["medical", "finance", "sports"] as const;
/** Domain of a narrow data set. */
export type NarrowDomain = (typeof narrowDomains)[number];

/** Sides of a narrow data set: answers that are wrong on purpose, and answers to the same questions that are right. */
export const narrowSides = ["harmful", "careful"] as const;
/** Side of a situation: harmful or careful answers. */
export type NarrowSide = (typeof narrowSides)[number];
