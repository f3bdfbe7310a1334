/** Sets of the organism's questions: its test pool, or one question of each domain. */
export const organismSets = ["test", "eight"] as const;

export type OrganismSet = (typeof organismSets)[number];
