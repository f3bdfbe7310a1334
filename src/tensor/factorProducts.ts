import type { Engine, NamedTensors } from "./program.js";
import { tf } from "./tfjs.js";

/** Inner products of low-rank matrices s·B·A, a block of them with another. */
export interface FactorProducts {
  /** Matrices in a block. */
  readonly count: number;
  /**
   * Computes ⟨B_i A_i, B'_j A'_j⟩ for all i and j of two blocks, `[count, count]`.
   * @param left A `[count, rank, inputs]` and B `[count, outputs, rank]`, as are those of `right`
   */
  products(left: FactorBlock, right: FactorBlock): Promise<Float32Array>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** Factors of a block of matrices, one after the other. */
export interface FactorBlock {
  readonly A: Float32Array;
  readonly B: Float32Array;
}

/** Shape of the factors. */
export interface FactorShape {
  readonly count: number;
  readonly rank: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Compiles Σ_pq (BᵀB')_pq (AA'ᵀ)_pq for all pairs of two blocks, in float32: the outputs × inputs matrices are never
 * formed. Against float64 a product errs by some 1e-8 of the two norms at rank 32.
 */
export async function compileFactorProducts(engine: Engine, shape: FactorShape): Promise<FactorProducts> {
  const { count, rank, inputs, outputs } = shape;
  const A = { shape: [count, rank, inputs], dtype: "float32" } as const;
  const B = { shape: [count, outputs, rank], dtype: "float32" } as const;
  const stacked = count * rank;
  const program = await engine.compile({
    name: `inner products of ${count} matrices of rank ${rank}, ${outputs} × ${inputs}`,
    inputs: { leftA: A, rightA: A, leftB: B, rightB: B },
    body: (tensors) => {
      const rows = (name: string) => tf.reshape(named(tensors, name), [stacked, inputs]);
      const columns = (name: string) =>
        tf.reshape(tf.transpose(named(tensors, name), [0, 2, 1]), [stacked, outputs]);
      const ofInputs = tf.matMul(rows("leftA"), rows("rightA"), false, true);
      const ofOutputs = tf.matMul(columns("leftB"), columns("rightB"), false, true);
      const products = tf.reshape(tf.mul(ofInputs, ofOutputs), [count, rank, count, rank]);
      return { products: tf.sum(tf.sum(products, 3), 1) };
    },
  });
  return {
    count,
    async products(left, right) {
      const { products } = await program.run({
        leftA: left.A,
        rightA: right.A,
        leftB: left.B,
        rightB: right.B,
      });
      if (products?.data instanceof Float32Array) return products.data;
      throw new TypeError("expected float32 numbers");
    },
    dispose: () => program.dispose(),
  };
}

function named(tensors: NamedTensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new TypeError(`no tensor ${name}`);
  return tensor;
}
