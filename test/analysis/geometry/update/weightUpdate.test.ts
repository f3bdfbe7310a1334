import { inverse, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { adapterTrajectories } from "../../../../src/analysis/geometry/adapterAnalysis.js";
import { analyze } from "../../../../src/analysis/analyze.js";
import type { AdapterInput } from "../../../../src/analysis/geometry/adapterRecord.js";
import { euclideanNorm } from "../../../../src/analysis/linalg/innerProduct.js";
import {
  productTrajectory,
  productLocalCosine,
} from "../../../../src/analysis/geometry/update/productTrajectory.js";
import {
  singularValues,
  updateComp,
  updateRank,
} from "../../../../src/analysis/geometry/update/updateSpectrum.js";
import {
  updateInnerProduct,
  type WeightUpdate,
} from "../../../../src/analysis/geometry/update/weightUpdate.js";
import { TurncoatError } from "../../../../src/errors.js";
import { Random } from "../../../../src/tensor/random.js";

function randomUpdate(rank: number, seed: number, outputs = 7, inputs = 5): WeightUpdate {
  const random = new Random(seed);
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
  return { rank, scaling: 1.5, loraA: values(rank * inputs), loraB: values(outputs * rank) };
}

/** The same ΔW from other factors: B·R and R⁻¹·A. */
function rewritten(update: WeightUpdate, R: Matrix): WeightUpdate {
  const { rank, loraA, loraB } = update;
  const B = Matrix.from1DArray(loraB.length / rank, rank, Array.from(loraB)).mmul(R);
  const A = inverse(R).mmul(Matrix.from1DArray(rank, loraA.length / rank, Array.from(loraA)));
  return { ...update, loraA: Float32Array.from(A.to1DArray()), loraB: Float32Array.from(B.to1DArray()) };
}

const R = new Matrix([
  [1, 2, -0.5],
  [0.25, -1, 1],
  [2, 0.5, 0.75],
]);
// Factors are written as float32 again after the change of basis, which costs seven digits.
const float32 = 1e-4;

describe("the weight update", () => {
  test("has norm s‖B‖‖A‖ at rank 1, and scaling B by f scales it by f", () => {
    const update = randomUpdate(1, 1);
    const norm = Math.sqrt(updateInnerProduct(update, update));
    expect(norm).toBeCloseTo(1.5 * euclideanNorm(update.loraA) * euclideanNorm(update.loraB), 9);
    const scaled = { ...update, loraB: update.loraB.map((value) => 4 * value) };
    expect(Math.sqrt(updateInnerProduct(scaled, scaled))).toBeCloseTo(4 * norm, 9);
    const none = { ...update, loraB: update.loraB.map(() => 0) };
    expect(updateInnerProduct(none, update)).toBe(0);
  });

  test("products, singular values and comp do not depend on the basis of the factors", () => {
    const [one, other] = [randomUpdate(3, 2), randomUpdate(3, 3)];
    const changed = rewritten(one, R);
    expect(Math.abs(updateInnerProduct(changed, other) - updateInnerProduct(one, other))).toBeLessThan(
      float32,
    );
    for (const [index, value] of singularValues(one).entries()) {
      expect(Math.abs((singularValues(changed)[index] ?? NaN) - value)).toBeLessThan(float32);
    }
    expect(Math.abs(updateComp(changed, other) - updateComp(one, other))).toBeLessThan(float32);
    expect(updateComp(one, changed)).toBeCloseTo(updateComp(one, one), 5);
  });

  test("comp at rank 1 is the cosine of B without its sign", () => {
    const [one, other] = [randomUpdate(1, 4), randomUpdate(1, 5)];
    const product = one.loraB.reduce((sum, value, index) => sum + value * (other.loraB[index] ?? NaN), 0);
    const cosine = product / (euclideanNorm(one.loraB) * euclideanNorm(other.loraB));
    expect(updateComp(one, other)).toBeCloseTo(Math.abs(cosine), 6);
  });

  test("rank r with equal orthogonal directions counts r directions; a zero update none", () => {
    const identity = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const equal: WeightUpdate = { rank: 3, scaling: 2, loraA: identity, loraB: identity };
    expect(updateRank(equal).effectiveRank).toBeCloseTo(3, 12);
    expect(updateRank(equal).participationRatio).toBeCloseTo(3, 12);
    const zero = { ...equal, loraB: identity.map(() => 0) };
    expect(updateRank(zero).effectiveRank).toBeNaN();
    expect(updateComp(zero, equal)).toBeNaN();
  });

  test("refuses updates of different shape", () => {
    expect(() => updateInnerProduct(randomUpdate(2, 1, 7, 5), randomUpdate(2, 1, 7, 6))).toThrow(
      TurncoatError,
    );
  });
});

describe("an adapter of rank 3 whose basis changes at every step", () => {
  const steps = Array.from({ length: 24 }, (_, step) => step);
  const [early, late] = [randomUpdate(3, 6), randomUpdate(3, 7)];
  const updates = steps.map((step) => ({
    ...early,
    loraB: early.loraB.map(
      (value, index) => (step / 24) * value + (step / 24) ** 2 * (late.loraB[index] ?? NaN),
    ),
  }));
  const adapterOf = (list: readonly WeightUpdate[]): AdapterInput => ({
    modulePath: "layers.0.down_proj",
    layer: 0,
    rank: 3,
    scaling: 1.5,
    steps,
    loraA: list.map(({ loraA }) => loraA),
    loraB: list.map(({ loraB }) => loraB),
  });
  const record = (list: readonly WeightUpdate[]) =>
    analyze(
      { run: "basis", adapters: [adapterOf(list)], log: [], answers: [], gaps: [] },
      { rotation: { draws: 9 } },
    ).adapters[0];
  const still = record(updates);
  const turning = record(
    updates.map((update, step) => rewritten(update, Matrix.eye(3).add(R.clone().mul(step / 60)))),
  );

  test("keeps every measure of ΔW, where those of B change", () => {
    const distance = (pick: (adapter: typeof still) => readonly number[] | undefined): number =>
      Math.max(
        ...(pick(still) ?? [])
          .map((value, index) => Math.abs(value - (pick(turning)?.[index] ?? NaN)))
          .slice(6, 18),
      );
    expect(distance((adapter) => adapter?.deltaW.cosineToFinal.values)).toBeLessThan(float32);
    expect(distance((adapter) => adapter?.deltaW.localCosine["5"]?.values)).toBeLessThan(float32);
    expect(distance((adapter) => adapter?.deltaW.compToFinal?.values)).toBeLessThan(float32);
    expect(distance((adapter) => adapter?.deltaW.effectiveRank?.values)).toBeLessThan(float32);
    expect(distance((adapter) => adapter?.B.cosineToFinal.values)).toBeGreaterThan(0.01);
  });

  test("B is zero at step 0: ΔW has norm 0 there and no direction", () => {
    expect(still?.deltaW.norm.values[0]).toBe(0);
    expect(still?.deltaW.cosineToFinal.values[0]).toBeNaN();
    expect(still?.deltaW.effectiveRank?.values[0]).toBeNaN();
    expect(adapterTrajectories(adapterOf(updates)).B.name).toBe("layers.0.down_proj B");
  });
});

describe("a trajectory of products", () => {
  test("takes a movement lost in rounding for none", () => {
    const still = productTrajectory("still", [0, 1, 2], () => 1);
    expect(productLocalCosine(still, { k: 1 }).values[1]).toBeNaN();
    expect(productLocalCosine(still, { k: 1 }).gate[1]).toBe(0);
  });

  test("computes each product once", () => {
    let count = 0;
    const { product } = productTrajectory("counted", [0, 1], () => (count += 1));
    expect(product(0, 1)).toBe(product(1, 0));
    expect(count).toBe(1);
  });
});
