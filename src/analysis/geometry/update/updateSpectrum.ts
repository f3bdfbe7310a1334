import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { gramMatrix } from "../../linalg/gramMatrix.js";
import { effectiveRank, participationRatio } from "../effectiveRank.js";
import { inputRows, outputProducts, type WeightUpdate } from "./weightUpdate.js";

/**
 * Singular values of ΔW = scaling · B · A, largest first, one for each rank: the roots of the eigenvalues of
 * Λ^½Qᵀ (AAᵀ) QΛ^½, where BᵀB = QΛQᵀ. All matrices are rank × rank.
 */
export function singularValues(update: WeightUpdate): number[] {
  const { scaling } = update;
  const { outputs, inputs } = ownProducts(update);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(outputs, {
    assumeSymmetric: true,
  });
  const root = eigenvectorMatrix.mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  const inner = root.transpose().mmul(inputs).mmul(root);
  return new EigenvalueDecomposition(inner, { assumeSymmetric: true }).realEigenvalues
    .map((value) => scaling * Math.sqrt(Math.max(0, value)))
    .sort((left, right) => right - left);
}

/** Effective rank and participation ratio of ΔW; NaN where ΔW is zero. */
export function updateRank(update: WeightUpdate): { effectiveRank: number; participationRatio: number } {
  const values = singularValues(update);
  return { effectiveRank: effectiveRank(values), participationRatio: participationRatio(values) };
}

/**
 * `‖ΔWᵀΔW'‖_F / (‖ΔW‖_F ‖ΔW'‖_F)`: comp of two updates of one module, which asks whether they write into the same
 * directions (`docs/methods.md §4.6`). At rank 1 it is |cos(B, B')|. NaN where either update is zero.
 */
export function updateComp(left: WeightUpdate, right: WeightUpdate): number {
  const across = Matrix.from1DArray(left.rank, right.rank, Array.from(outputProducts(left, right)));
  const [one, other] = [ownProducts(left), ownProducts(right)];
  const squared = across.transpose().mmul(one.inputs).mmul(across).mmul(other.inputs).trace();
  const leftSquared = one.outputs.mmul(one.inputs).trace();
  const rightSquared = other.outputs.mmul(other.inputs).trace();
  if (!(leftSquared > 0) || !(rightSquared > 0)) return NaN;
  return Math.min(1, Math.sqrt(Math.max(0, squared) / (leftSquared * rightSquared)));
}

/** `BᵀB` and `AAᵀ` of an update. */
interface OwnProducts {
  readonly outputs: Matrix;
  readonly inputs: Matrix;
}

/** Products that are known: comp and rank need the same ones, and comp those of the last step at every step. */
const known = new WeakMap<WeightUpdate, OwnProducts>();

function ownProducts(update: WeightUpdate): OwnProducts {
  const found = known.get(update) ?? {
    outputs: new Matrix(gramMatrix(outputColumns(update))),
    inputs: new Matrix(gramMatrix(inputRows(update))),
  };
  known.set(update, found);
  return found;
}

/** The columns of B, `[rank][dOut]`. */
function outputColumns({ rank, loraB }: WeightUpdate): Float32Array[] {
  return Array.from({ length: rank }, (_, column) => {
    const values = new Float32Array(loraB.length / rank);
    for (let row = 0; row < values.length; row++) values[row] = loraB[row * rank + column] ?? NaN;
    return values;
  });
}
