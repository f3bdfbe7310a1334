/** What inner products of many adapters can be of. */
export const productKinds = ["exact", "projected"] as const;
