import { takeRows, takeSharedRows } from "../../tensor/takeRows.js";
import { tf } from "../../tensor/tfjs.js";

/**
 * Layout of tokens in the rows that all but attention works on, [n, features], and in attention's slots,
 * [B, heads, T, headDimension].
 */
export interface RowLayout {
  readonly batch: number;
  /** Slots T of each of the batch's sequences. */
  readonly length: number;
  /** Moves rows [n, heads · headDimension] to slots [B, heads, T, headDimension]. */
  toSlots(x: tf.Tensor, heads: number): tf.Tensor;
  /** Moves slots [B, heads, T, headDimension] to rows [n, heads · headDimension]. */
  toRows(x: tf.Tensor): tf.Tensor;
}

/** Makes the layout in which every slot is a row, n = B · T, in the order of the batch. */
export function denseLayout(batch: number, length: number): RowLayout {
  return {
    batch,
    length,
    // With one slot a sequence both orders are the same.
    toSlots(x, heads) {
      if (length === 1) return tf.reshape(x, [batch, heads, 1, -1]);
      return tf.transpose(tf.reshape(x, [batch, length, heads, -1]), [0, 2, 1, 3]);
    },
    toRows(x) {
      if (length === 1) return tf.reshape(x, [batch, -1]);
      return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, -1]);
    },
  };
}

/**
 * Makes the layout in which only real tokens are rows, so that nothing but attention works on padding.
 *
 * Both maps send what has no counterpart to padding of the other side, whose values and gradients nothing reads:
 * there has to be at least one padding slot and one padding row. A padding slot may only be reached from padding,
 * as it is where it follows all real tokens of its sequence under a causal bias.
 *
 * The first rows may be shared: all sequences begin with them, so that they are computed once. Their slots in the
 * first sequence are theirs; those in the others only show them to the queries behind them.
 * @param rowOfSlot int32 [B · T]
 * @param slotOfRow int32 [n]
 * @param shared number of rows that all sequences begin with
 */
export function packedLayout(
  batch: number,
  length: number,
  rowOfSlot: tf.Tensor,
  slotOfRow: tf.Tensor,
  shared = 0,
): RowLayout {
  const rows = slotOfRow.size;
  /** Indices of rows of one head's features, in both directions. */
  const headMaps = (heads: number): HeadMaps => {
    const head = tf.range(0, heads, 1, "int32");
    // Slots lie as [B, heads, T], rows as [n, heads].
    const bySlotOf = (rowOf: tf.Tensor): tf.Tensor =>
      tf.reshape(
        tf.add(
          tf.mul(tf.reshape(rowOf, [batch, 1, length]), tf.scalar(heads, "int32")),
          tf.reshape(head, [1, heads, 1]),
        ),
        [-1],
      );
    const bySlot = bySlotOf(rowOfSlot);
    const sequence = tf.floorDiv(slotOfRow, tf.scalar(length, "int32"));
    const place = tf.sub(slotOfRow, tf.mul(sequence, tf.scalar(length, "int32")));
    const byRow = tf.add(
      tf.mul(
        tf.add(tf.expandDims(tf.mul(sequence, tf.scalar(heads, "int32")), 1), tf.expandDims(head, 0)),
        tf.scalar(length, "int32"),
      ),
      tf.expandDims(place, 1),
    );
    return {
      rowOfSlot: bySlot,
      slotOfRow: tf.reshape(byRow, [-1]),
      ownRowOfSlot: shared === 0 ? bySlot : bySlotOf(withoutCopies(rowOfSlot, { length, shared, rows })),
    };
  };
  const maps = new Map<number, HeadMaps>();
  const mapsOf = (heads: number): HeadMaps => {
    const known = maps.get(heads) ?? headMaps(heads);
    maps.set(heads, known);
    return known;
  };
  return {
    batch,
    length,
    toSlots(x, heads) {
      const map = mapsOf(heads);
      const dimension = x.size / (rows * heads);
      const flat = tf.reshape(x, [rows * heads, dimension]);
      const slots =
        shared === 0
          ? takeRows(flat, map.rowOfSlot, map.slotOfRow)
          : takeSharedRows(flat, map.rowOfSlot, map.slotOfRow, { batch, heads, length, shared });
      return tf.reshape(slots, [batch, heads, length, dimension]);
    },
    toRows(x) {
      const [, heads = 1, , dimension = 1] = x.shape;
      const map = mapsOf(heads);
      const flat = tf.reshape(x, [batch * heads * length, dimension]);
      return tf.reshape(takeRows(flat, map.slotOfRow, map.ownRowOfSlot), [rows, heads * dimension]);
    },
  };
}

/** Indices of rows of one head's features, and of their slots. */
interface HeadMaps {
  /** The row that each slot shows: [B · heads · T]. */
  readonly rowOfSlot: tf.Tensor;
  /** The slot of each row: [n · heads]. */
  readonly slotOfRow: tf.Tensor;
  /** `rowOfSlot` with the padding row in place of shared rows but in the first sequence. */
  readonly ownRowOfSlot: tf.Tensor;
}

/** Points the slots in which shared rows are shown again to the last row, which is padding and has no gradient. */
function withoutCopies(
  rowOfSlot: tf.Tensor,
  { length, shared, rows }: { readonly length: number; readonly shared: number; readonly rows: number },
): tf.Tensor {
  const isCopy = Array.from(
    { length: rowOfSlot.size },
    (_, slot) => slot >= length && slot % length < shared,
  );
  return tf.where(tf.tensor1d(isCopy, "bool"), tf.scalar(rows - 1, "int32"), rowOfSlot);
}
