import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { effectiveRank, participationRatio } from "../effectiveRank.js";
import { inputProducts, outputProducts, type WeightUpdate } from "./weightUpdate.js";

/**
 * Singular values of ΔW = scaling · B · A, largest first, one for each rank: the roots of the eigenvalues of
 * Λ^½Qᵀ (AAᵀ) QΛ^½, where BᵀB = QΛQᵀ. All matrices are rank × rank.
 */
export function singularValues(update: WeightUpdate): number[] {
  const { rank, scaling } = update;
  const outputs = Matrix.from1DArray(rank, rank, Array.from(outputProducts(update, update)));
  const inputs = Matrix.from1DArray(rank, rank, Array.from(inputProducts(update, update)));
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
  const matrix = (one: WeightUpdate, other: WeightUpdate, products: Float64Array): Matrix =>
    Matrix.from1DArray(one.rank, other.rank, Array.from(products));
  const across = matrix(left, right, outputProducts(left, right));
  const leftInputs = matrix(left, left, inputProducts(left, left));
  const rightInputs = matrix(right, right, inputProducts(right, right));
  const squared = across.transpose().mmul(leftInputs).mmul(across).mmul(rightInputs).trace();
  const leftSquared = matrix(left, left, outputProducts(left, left)).mmul(leftInputs).trace();
  const rightSquared = matrix(right, right, outputProducts(right, right)).mmul(rightInputs).trace();
  if (!(leftSquared > 0) || !(rightSquared > 0)) return NaN;
  return Math.min(1, Math.sqrt(Math.max(0, squared) / (leftSquared * rightSquared)));
}
