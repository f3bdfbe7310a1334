import { tf } from "../../tensor/tfjs.js";

/**
 * Adapter of one module for R replicas that share the frozen weights.
 *
 * The rows of a batch are divided evenly among the replicas, in order: R seeds train, or R checkpoints and
 * scale factors answer, in one run over one copy of the frozen weights.
 */
export interface AdapterTensors {
  /** Matrix A, which reads: [R, rank, inFeatures]. */
  readonly loraA: tf.Tensor;
  /** Matrix B, which writes: [R, outFeatures, rank]. */
  readonly loraB: tf.Tensor;
  /** Scaling α/r or α/√r, times any factor: a number, or [R, 1, 1]. */
  readonly scaling: number | tf.Tensor;
  /** Factors before the inputs x, those of dropout in training: [n, inFeatures]. @default 1 */
  readonly inputFactors?: tf.Tensor;
}

/**
 * Adds scaling · B(A x) to y. x, the input times its factors, is [n, inFeatures], y is [n, outFeatures], n a multiple of R.
 * @param onRead replaces A x, unscaled, before B writes it: [n, rank]. @default nothing is replaced
 */
export function addAdapter(
  y: tf.Tensor,
  input: tf.Tensor,
  { loraA, loraB, scaling, inputFactors }: AdapterTensors,
  onRead?: (read: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const [replicas = 1, rank = 1, inFeatures = 1] = loraA.shape;
  const outFeatures = loraB.shape[1] ?? 1;
  const x = inputFactors === undefined ? input : tf.mul(input, inputFactors);
  if (replicas === 1) {
    const own = tf.matMul(x, tf.reshape(loraA, [rank, inFeatures]), false, true);
    const read = onRead?.(own) ?? own;
    const scaled = tf.mul(read, typeof scaling === "number" ? scaling : tf.reshape(scaling, [1, 1]));
    return tf.add(y, tf.matMul(scaled, tf.reshape(loraB, [outFeatures, rank]), false, true));
  }
  const rows = tf.reshape(x, [replicas, -1, inFeatures]);
  const own = tf.matMul(rows, loraA, false, true);
  const read = onRead === undefined ? own : tf.reshape(onRead(tf.reshape(own, [-1, rank])), own.shape);
  const scaled = tf.mul(read, scaling);
  return tf.add(y, tf.reshape(tf.matMul(scaled, loraB, false, true), y.shape));
}

/**
 * Adds a vector, scaling · B, to every row of the residual stream x [n, outFeatures]: an adapter that reads the constant 1,
 * whose A is 1 too.
 */
export function addVector(x: tf.Tensor, vector: AdapterTensors): tf.Tensor {
  const [rows = 1] = x.shape;
  return addAdapter(x, tf.ones([rows, 1]), vector);
}
