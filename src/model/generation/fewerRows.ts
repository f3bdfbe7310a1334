/** Smallest batch that is halved; smaller ones gain next to nothing from it. */
const leastRows = 32;

/**
 * Chooses the rows of a batch that go on, once half of them have ended: those that have not, and as many others as make
 * the replicas' shares equal. Halves, not single rows, so that few shapes are compiled.
 * @param ended of each row whether its answer has ended; the rows are divided evenly among the replicas, in order
 * @returns places of the rows that stay, in their order; null where all do
 */
export function fewerRows(ended: readonly boolean[], replicas: number): number[] | null {
  const perReplica = ended.length / replicas;
  const half = Math.ceil(perReplica / 2);
  if (ended.length < leastRows || half === perReplica) return null;
  const places = Array.from(ended.keys());
  const kept = Array.from({ length: replicas }, (_, replica) => {
    const own = places.slice(replica * perReplica, (replica + 1) * perReplica);
    const open = own.filter((place) => ended[place] !== true);
    const fill = own.filter((place) => ended[place] === true).slice(0, Math.max(0, half - open.length));
    return [...open, ...fill].sort((one, other) => one - other);
  });
  return kept.every(({ length }) => length === half) ? kept.flat() : null;
}
