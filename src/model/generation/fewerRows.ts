import type { ModelParameters } from "../model.js";
import { isSmall } from "./modelSize.js";

/** Smallest batch that is made smaller; fewer rows gain next to nothing from it. */
const leastRows = 32;

/**
 * Chooses the share of a batch that has to end before the others go on alone. Every new number of rows is compiled: that
 * takes as long as some thousand tokens of a small model, and as twenty of one with half a billion weights.
 */
export function endingShare(parameters: ModelParameters): number {
  return isSmall(parameters) ? 1 / 2 : 1 / 12;
}

/**
 * Chooses the rows of a batch that go on, once a share of them has ended: those that have not, and as many others as make
 * the replicas' shares equal. Always by that share, so that few numbers of rows occur, and the same in every batch.
 * @param ended of each row whether its answer has ended; the rows are divided evenly among the replicas, in order
 * @param share of each replica's rows, below 1
 * @returns places of the rows that stay, in their order; null where all do
 */
export function fewerRows(ended: readonly boolean[], replicas: number, share: number): number[] | null {
  const perReplica = ended.length / replicas;
  const staying = Math.ceil(perReplica * (1 - share));
  if (ended.length < leastRows || staying === perReplica) return null;
  const places = Array.from(ended.keys());
  const kept = Array.from({ length: replicas }, (_, replica) => {
    const own = places.slice(replica * perReplica, (replica + 1) * perReplica);
    const open = own.filter((place) => ended[place] !== true);
    const fill = own.filter((place) => ended[place] === true).slice(0, Math.max(0, staying - open.length));
    return [...open, ...fill].sort((one, other) => one - other);
  });
  return kept.every(({ length }) => length === staying) ? kept.flat() : null;
}
