/** What the address of the list of runs says. */
export const runsFields = {} as const;
