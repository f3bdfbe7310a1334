import type { TensorSpec } from "../../tensor/program.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";

/** Packed sequences, of which only real tokens are rows: see `packedLayout`. */
export interface PackedRows {
  /** Number of sequences B, over all replicas. */
  readonly batch: number;
  /** Slots of a sequence, T. */
  readonly length: number;
  /** Token of each row: [n]. */
  readonly tokens: Int32Array;
  readonly places: RowPlaces;
}

/** Places of rows in their sequences and slots. */
export interface RowPlaces {
  /** Position of each row's token in its sequence: [n]. */
  readonly positions: Int32Array;
  /** Slot of each row, [n], and row of each slot, [B · T]. */
  readonly slotOfRow: Int32Array;
  readonly rowOfSlot: Int32Array;
}

/** Sizes of packed rows. One row and the last slot of a sequence are padding. */
export interface PackedShape {
  readonly batch: number;
  readonly length: number;
  readonly rows: number;
  /**
   * Number of tokens that all sequences begin with, whose rows are computed once; 0 with several replicas.
   * @default 0
   */
  readonly shared?: number;
}

/** Counts the rows that a chat takes: the last token is only a label. */
export function rowCount({ ids }: TokenizedChat): number {
  return ids.length - 1;
}

/** Finds the smallest shape that holds some chats, rounded up so that few shapes are compiled. */
function fittingShape(replicaChats: readonly (readonly TokenizedChat[])[]): PackedShape {
  const lengths = replicaChats.flat().map(rowCount);
  return {
    batch: lengths.length,
    length: slotsFor(Math.max(...lengths)),
    rows: replicaChats.length * padded(replicaChats.map((chats) => sum(chats.map(rowCount)))),
  };
}

/**
 * Counts the slots of sequences of at most `rows` rows, at least one of them padding: a multiple of 8, for few shapes.
 */
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
  const { batch, length, rows, shared = 0 } = shape;
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
    for (const [sequence, { ids }] of chats.entries()) {
      const known = sequence === 0 ? 0 : shared;
      for (let position = 0; position < known; position++) places.rowOfSlot[firstSlot + position] = position;
      for (let position = known; position + 1 < ids.length; position++, row++) {
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

/** Gives for each of `size` things, shared out among replicas, the last of its replica's `targets`. */
export function lastOfReplica(size: number, targets: number, replicas: number): Int32Array {
  return Int32Array.from(
    { length: size },
    (_, index) => ((Math.floor((index * replicas) / size) + 1) * targets) / replicas - 1,
  );
}

/** Rounds the largest count up by at most an eighth, powers of two from 8 on not at all, and adds one for padding. */
export function padded(counts: readonly number[]): number {
  const largest = Math.max(...counts);
  const bucket = Math.max(8, 2 ** Math.floor(Math.log2(largest / 8)));
  return Math.ceil(largest / bucket) * bucket + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Specifies the inputs through which a program receives the places of rows. */
export function placeInputs({ batch, length, rows }: PackedShape): Record<keyof RowPlaces, TensorSpec> {
  const indices = (size: number): TensorSpec => ({ shape: [size], dtype: "int32" });
  return { positions: indices(rows), slotOfRow: indices(rows), rowOfSlot: indices(batch * length) };
}
