import { TurncoatError } from "../../../errors.js";
import type { AdapterInput } from "../adapterRecord.js";
import { innerProduct } from "../../linalg/innerProduct.js";
import { productTrajectory, type ProductTrajectory } from "./productTrajectory.js";

/** The weight update ΔW = scaling · B · A of one module, kept as its factors. */
export interface WeightUpdate {
  readonly rank: number;
  /** α/r or α/√r. */
  readonly scaling: number;
  /** A, `[rank, dIn]` flattened. */
  readonly loraA: Float32Array;
  /** B, `[dOut, rank]` flattened. */
  readonly loraB: Float32Array;
}

/**
 * Frobenius inner product ⟨ΔW, ΔW'⟩ = s s' Σ_pq (BᵀB')_pq (AA'ᵀ)_pq of two updates of one shape, from products of
 * size rank × rank; the dOut × dIn matrices are never formed.
 *
 * ΔW is what the model sees: it does not change when B becomes B·R and A becomes R⁻¹·A, of which a change of sign
 * is the case of rank 1. Whatever is computed from these products alone is therefore safe at any rank.
 *
 * @throws TurncoatError when the shapes of ΔW differ.
 */
export function updateInnerProduct(left: WeightUpdate, right: WeightUpdate): number {
  checkShapes(left, right);
  const outputs = outputProducts(left, right);
  const inputs = inputProducts(left, right);
  let sum = 0;
  for (let index = 0; index < outputs.length; index++)
    sum += (outputs[index] ?? NaN) * (inputs[index] ?? NaN);
  return left.scaling * right.scaling * sum;
}

/** `BᵀB'`, `[rank, rank']` row-major. */
export function outputProducts(left: WeightUpdate, right: WeightUpdate): Float64Array {
  if (left.rank === 1 && right.rank === 1) return Float64Array.of(innerProduct(left.loraB, right.loraB));
  const products = new Float64Array(left.rank * right.rank);
  const outputs = left.loraB.length / left.rank;
  for (let output = 0; output < outputs; output++) {
    for (let one = 0; one < left.rank; one++) {
      const value = left.loraB[output * left.rank + one] ?? NaN;
      for (let other = 0; other < right.rank; other++) {
        const at = one * right.rank + other;
        products[at] = (products[at] ?? 0) + value * (right.loraB[output * right.rank + other] ?? NaN);
      }
    }
  }
  return products;
}

/** `AA'ᵀ`, `[rank, rank']` row-major. */
export function inputProducts(left: WeightUpdate, right: WeightUpdate): Float64Array {
  if (left.rank === 1 && right.rank === 1) return Float64Array.of(innerProduct(left.loraA, right.loraA));
  const products = new Float64Array(left.rank * right.rank);
  const others = inputRows(right);
  for (const [one, row] of inputRows(left).entries()) {
    for (const [other, otherRow] of others.entries())
      products[one * right.rank + other] = innerProduct(row, otherRow);
  }
  return products;
}

/** The rows of A, `[rank][dIn]`. */
export function inputRows({ rank, loraA }: WeightUpdate): Float32Array[] {
  const inputs = loraA.length / rank;
  return Array.from({ length: rank }, (_, row) => loraA.subarray(row * inputs, (row + 1) * inputs));
}

/** The updates of one adapter over training, as inner products; see `productTrajectory`. */
export function updateTrajectory(adapter: AdapterInput): ProductTrajectory {
  const { gram } = adapter;
  const name = `${adapter.modulePath} ΔW`;
  if (gram !== undefined)
    return { name, steps: adapter.steps, product: (left, right) => gram[left]?.[right] ?? NaN };
  const updates = weightUpdates(adapter);
  return productTrajectory(name, adapter.steps, (left, right) => {
    const [one, other] = [updates[left], updates[right]];
    return one === undefined || other === undefined ? NaN : updateInnerProduct(one, other);
  });
}

/** The updates of one adapter, one a stored step. */
export function weightUpdates({
  rank,
  scaling,
  loraA,
  loraB,
}: Pick<AdapterInput, "rank" | "scaling" | "loraA" | "loraB">): WeightUpdate[] {
  return loraA.map((A, index) => ({ rank, scaling, loraA: A, loraB: loraB[index] ?? new Float32Array(0) }));
}

function checkShapes(left: WeightUpdate, right: WeightUpdate): void {
  const [one, other] = [left, right].map(({ rank, loraA, loraB }) => [
    loraB.length / rank,
    loraA.length / rank,
  ]);
  if (one?.[0] === other?.[0] && one?.[1] === other?.[1]) return;
  throw new TurncoatError(
    `weight update: expected one shape, found [${one?.join(", ") ?? ""}] and [${other?.join(", ") ?? ""}]`,
    { hint: "Compare updates of one module, or of modules of one kind, such as all down_proj." },
  );
}
