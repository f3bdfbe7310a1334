/** Places in a prompt that are read: the mean over all its tokens, and the last one. */
export const promptPlaces = ["prompt", "last"] as const;

export type PromptPlace = (typeof promptPlaces)[number];
