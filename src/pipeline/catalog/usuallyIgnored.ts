/** Settings that differ between any two runs and say nothing about how they were trained. */
export const usuallyIgnored = ["runId", "createdAt", "status"] as const;
