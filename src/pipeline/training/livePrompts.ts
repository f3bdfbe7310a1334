/** Prompts that are read of each checkpoint while a run is trained. */
export const livePrompts = 24;
