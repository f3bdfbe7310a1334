import { takeRows } from "../../tensor/takeRows.js";
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
 * @param rowOfSlot int32 [B · T]
 * @param slotOfRow int32 [n]
 */
export function packedLayout(
  batch: number,
  length: number,
  rowOfSlot: tf.Tensor,
  slotOfRow: tf.Tensor,
): RowLayout {
  const rows = slotOfRow.size;
  /** Indices of rows of one head's features, in both directions. */
  const headMaps = (heads: number): { rowOfSlot: tf.Tensor; slotOfRow: tf.Tensor } => {
    const head = tf.range(0, heads, 1, "int32");
    // Slots lie as [B, heads, T], rows as [n, heads].
    const bySlot = tf.add(
      tf.mul(tf.reshape(rowOfSlot, [batch, 1, length]), tf.scalar(heads, "int32")),
      tf.reshape(head, [1, heads, 1]),
    );
    const sequence = tf.floorDiv(slotOfRow, tf.scalar(length, "int32"));
    const place = tf.sub(slotOfRow, tf.mul(sequence, tf.scalar(length, "int32")));
    const byRow = tf.add(
      tf.mul(
        tf.add(tf.expandDims(tf.mul(sequence, tf.scalar(heads, "int32")), 1), tf.expandDims(head, 0)),
        tf.scalar(length, "int32"),
      ),
      tf.expandDims(place, 1),
    );
    return { rowOfSlot: tf.reshape(bySlot, [-1]), slotOfRow: tf.reshape(byRow, [-1]) };
  };
  const maps = new Map<number, ReturnType<typeof headMaps>>();
  const mapsOf = (heads: number): ReturnType<typeof headMaps> => {
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
      const slots = takeRows(tf.reshape(x, [rows * heads, dimension]), map.rowOfSlot, map.slotOfRow);
      return tf.reshape(slots, [batch, heads, length, dimension]);
    },
    toRows(x) {
      const [, heads = 1, , dimension = 1] = x.shape;
      const map = mapsOf(heads);
      const flat = tf.reshape(x, [batch * heads * length, dimension]);
      return tf.reshape(takeRows(flat, map.slotOfRow, map.rowOfSlot), [rows, heads * dimension]);
    },
  };
}
