/**
 * Ways in which a server comes by the adapters of a run. `load`: they are loaded and unloaded one after the other, as
 * vLLM can. `served`: it serves them already, under names of its own.
 */
export const adapterWays = ["load", "served"] as const;

export type AdapterWay = (typeof adapterWays)[number];
