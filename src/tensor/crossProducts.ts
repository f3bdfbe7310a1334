import type { Engine, NamedTensors } from "./program.js";
import type { TensorData } from "./tensorData.js";
import { tf } from "./tfjs.js";

/** A matrix cut along its longer side into panels, `[count, rows, columns]`; the last is filled up with zeros. */
export interface PanelShape {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** Products of one fixed matrix, its columns centred, with blocks of vectors. */
export interface CrossProducts {
  /** Length of the vectors: the shorter side of the matrix. */
  readonly length: number;
  /** Vectors in a block. */
  readonly width: number;
  /**
   * Multiplies a block `[length, width]` with the matrix, `across` [longer side, width], and that with its transpose,
   * `back` [length, width].
   */
  times(block: Float32Array): Promise<{ readonly across: Float32Array; readonly back: Float32Array }>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** Longer side of a panel: a float32 sum over it errs by some 1e-7, over 5 000 products of one sign by 1e-6. */
const panelLength = 512;

/** Shape of the panels into which `compileCrossProducts` wants a matrix cut. */
export function panelShape(rows: number, columns: number): PanelShape {
  const count = Math.ceil(Math.max(rows, columns) / panelLength);
  return rows <= columns
    ? { count, rows, columns: Math.ceil(columns / count) }
    : { count, rows: Math.ceil(rows / count), columns };
}

/**
 * Compiles the two products in float32, that with the transpose first where the matrix has no more rows than columns.
 *
 * The panels are handed over with every run, for ONNX Runtime on the processor as a pointer: they are neither copied
 * nor laid out anew. What is centred are the vectors of one number a row, which is the same as centring the columns of
 * the matrix. Their means should not be much larger than their spread.
 *
 * @param panels of `panelShape(rows, columns)`
 */
export async function compileCrossProducts(
  engine: Engine,
  panels: Float32Array,
  { rows, columns, width }: { readonly rows: number; readonly columns: number; readonly width: number },
): Promise<CrossProducts> {
  const isWide = rows <= columns;
  const [length, longer] = isWide ? [rows, columns] : [columns, rows];
  const shape = panelShape(rows, columns);
  const padded = shape.count * (isWide ? shape.columns : shape.rows);
  const program = await engine.compile({
    name: `products with a matrix of ${rows} × ${columns}`,
    inputs: {
      panels: { shape: [shape.count, shape.rows, shape.columns], dtype: "float32" },
      block: { shape: [length, width], dtype: "float32" },
    },
    body: (tensors) => {
      const [X, block] = [named(tensors, "panels"), named(tensors, "block")];
      const vectors = tf.reshape(isWide ? centered(block, rows) : block, [1, length, width]);
      const product = tf.matMul(X, vectors, isWide);
      const across = tf.reshape(product, [padded, width]);
      // Rows that only fill up are of no effect even where centring makes them other than 0: X is 0 there.
      const halfway = isWide ? product : tf.reshape(centered(across, rows), product.shape);
      const back = tf.sum<tf.Tensor2D>(tf.matMul(X, halfway, !isWide), 0);
      return {
        across: tf.slice(isWide ? across : centered(across, rows), [0, 0], [longer, width]),
        back: isWide ? centered(back, rows) : back,
      };
    },
  });
  return {
    length,
    width,
    async times(block) {
      const { across, back } = await program.run({ panels, block });
      return { across: floats(across), back: floats(back) };
    },
    dispose: () => program.dispose(),
  };
}

/** Subtracts the mean over the rows of the matrix, of which there may be fewer than the tensor has. */
function centered(perRow: tf.Tensor, rows: number): tf.Tensor {
  return tf.sub(perRow, tf.div(tf.sum(perRow, 0, true), rows));
}

function named(tensors: NamedTensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new TypeError(`no tensor ${name}`);
  return tensor;
}

function floats(result: TensorData | undefined): Float32Array {
  if (result?.data instanceof Float32Array) return result.data;
  throw new TypeError("expected float32 numbers");
}
