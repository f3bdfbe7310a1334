import type { TensorSpec } from "../../tensor/program.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";

/** Sequences of which only real tokens are rows: see `packedLayout`. */
export interface PackedRows {
  /** B: sequences, over all replicas. */
  readonly batch: number;
  /** T: slots of a sequence. */
  readonly length: number;
  /** [n] */
  readonly tokens: Int32Array;
  readonly places: RowPlaces;
}

/** Where rows lie. */
export interface RowPlaces {
  /** [n]: place of each row's token in its sequence. */
  readonly positions: Int32Array;
  /** [n] and [B · T] */
  readonly slotOfRow: Int32Array;
  readonly rowOfSlot: Int32Array;
}

/** Sizes of packed rows, where they are fixed beforehand. One row and the last slot of a sequence are padding. */
export interface PackedShape {
  readonly batch: number;
  readonly length: number;
  readonly rows: number;
}

/** Rows that a chat takes: the last token is only a label. */
export function rowCount({ ids }: TokenizedChat): number {
  return ids.length - 1;
}

/** The smallest shape, rounded up so that few shapes are compiled, that holds these chats. */
export function fittingShape(replicaChats: readonly (readonly TokenizedChat[])[]): PackedShape {
  const lengths = replicaChats.flat().map(rowCount);
  return {
    batch: lengths.length,
    length: slotsFor(Math.max(...lengths)),
    rows: replicaChats.length * padded(replicaChats.map((chats) => sum(chats.map(rowCount)))),
  };
}

/** Slots of sequences of at most so many rows, at least one of them padding: a multiple of 8, for few shapes. */
export function slotsFor(rows: number): number {
  return Math.ceil((rows + 1) / 8) * 8;
}

/**
 * Lays chats out with a row for each token that something follows. What has no counterpart points to the last row
 * or slot of its replica, which is padding.
 * @param replicaChats the chats of each replica, which get equal shares of the shape
 */
export function packRows(
  replicaChats: readonly (readonly TokenizedChat[])[],
  paddingId: number,
  shape: PackedShape = fittingShape(replicaChats),
): PackedRows {
  const replicas = replicaChats.length;
  const { batch, length, rows } = shape;
  const slots = batch * length;
  const tokens = new Int32Array(rows).fill(paddingId);
  const places: RowPlaces = {
    positions: new Int32Array(rows),
    slotOfRow: lastOfReplica(rows, slots, replicas),
    rowOfSlot: lastOfReplica(slots, rows, replicas),
  };
  for (const [replica, chats] of replicaChats.entries()) {
    let row = (replica * rows) / replicas;
    let firstSlot = (replica * slots) / replicas;
    for (const { ids } of chats) {
      for (let position = 0; position + 1 < ids.length; position++, row++) {
        tokens[row] = ids[position] ?? paddingId;
        places.positions[row] = position;
        places.slotOfRow[row] = firstSlot + position;
        places.rowOfSlot[firstSlot + position] = row;
      }
      firstSlot += length;
    }
  }
  return { batch, length, tokens, places };
}

/** For each of `size` things, shared out among replicas, the last of its replica's `targets`. */
export function lastOfReplica(size: number, targets: number, replicas: number): Int32Array {
  return Int32Array.from(
    { length: size },
    (_, index) => ((Math.floor((index * replicas) / size) + 1) * targets) / replicas - 1,
  );
}

/** One more than the largest count, which is rounded up by at most an eighth: 2048 and its like stay what they are. */
export function padded(counts: readonly number[]): number {
  const largest = Math.max(...counts);
  const bucket = Math.max(8, 2 ** Math.floor(Math.log2(largest / 8)));
  return Math.ceil(largest / bucket) * bucket + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The inputs through which a program receives where rows lie. */
export function placeInputs({ batch, length, rows }: PackedShape): Record<keyof RowPlaces, TensorSpec> {
  const indices = (size: number): TensorSpec => ({ shape: [size], dtype: "int32" });
  return { positions: indices(rows), slotOfRow: indices(rows), rowOfSlot: indices(batch * length) };
}
