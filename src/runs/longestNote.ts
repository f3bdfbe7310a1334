/** Characters of a note on a step. */
export const longestNote = 280;
