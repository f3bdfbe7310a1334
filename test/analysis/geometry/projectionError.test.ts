import { describe, expect, test } from "vitest";
import {
  cosineBound,
  projectionBounds,
  projectionVariance,
  type PairProducts,
} from "../../../src/analysis/geometry/projectionError.js";
import { AdapterProjector } from "../../../src/formats/directions/adapterProjector.js";
import type { LoraModule } from "../../../src/formats/peft.js";
import { Random } from "../../../src/tensor/random.js";

const numbers = 256;
const cases = 300;

interface Factors {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

const normals = (random: Random, length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, () => scale * random.normal());
const dot = (one: Float32Array, other: Float32Array): number => {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] ?? NaN) * (other[index] ?? NaN);
  return sum;
};

/** ⟨b aᵀ, d cᵀ⟩ of factors side by side, as Σ over pairs of columns; A is [rank, inputs], B is kept as [rank, outputs]. */
function product(one: Factors, other: Factors, rank: number, otherRank: number): number {
  const row = (values: Float32Array, index: number, count: number): Float32Array =>
    values.subarray((index * values.length) / count, ((index + 1) * values.length) / count);
  let sum = 0;
  for (let i = 0; i < rank; i++)
    for (let j = 0; j < otherRank; j++)
      sum +=
        dot(row(one.a, i, rank), row(other.a, j, otherRank)) *
        dot(row(one.b, i, rank), row(other.b, j, otherRank));
  return sum;
}

/** B as PEFT stores it, from one column after another. */
function peftB(columns: Float32Array, rank: number): Float32Array {
  const outputs = columns.length / rank;
  return columns.map((_, index) => columns[(index % rank) * outputs + Math.floor(index / rank)] ?? NaN);
}

const joined = (one: Float32Array, other: Float32Array): Float32Array =>
  Float32Array.from([...one, ...other]);

/** How two updates of one module are drawn. */
interface Kind {
  readonly rank: number;
  /** Whether both have the same A, as those of neighbouring steps nearly have. */
  readonly sameA: boolean;
  /** Weight of the first in the second: the larger, the more parallel. */
  readonly parallel: number;
}

/** Exact and projected products of two updates of one module, in one of many draws. */
function drawn(random: Random, { rank, sameA, parallel }: Kind, scale: number, modulePath: string) {
  const [inputs, outputs] = [64, 48];
  const one = { a: normals(random, rank * inputs), b: normals(random, rank * outputs, scale) };
  const rest = {
    a: sameA ? one.a : normals(random, rank * inputs),
    b: normals(random, rank * outputs, scale),
  };
  const other = {
    a: joined(one.a, rest.a),
    b: joined(
      one.b.map((value) => parallel * value),
      rest.b,
    ),
  };
  const projector = new AdapterProjector({ seed: random.integer(1e9), numbers });
  const module = ({ a, b }: Factors, ranks: number): LoraModule => ({
    ...{ modulePath, rank: ranks, scaling: 1, inFeatures: inputs, outFeatures: outputs },
    ...{ loraA: a, loraB: peftB(b, ranks) },
  });
  // The rank is the projector's: the one of lower rank is filled up with nothing.
  const padded = { a: joined(one.a, one.a), b: joined(one.b, new Float32Array(one.b.length)) };
  const [x, y] = [padded, other].map((factors) => projector.project(module(factors, 2 * rank)).update);
  if (x === undefined || y === undefined) throw new RangeError("no projections");
  return {
    exact: {
      one: product(one, one, rank, rank),
      across: product(one, other, rank, 2 * rank),
      other: product(other, other, 2 * rank, 2 * rank),
    },
    projected: { one: dot(x, x), across: dot(x, y), other: dot(y, y) },
  };
}

const cosineOf = (parts: readonly PairProducts[]): number => {
  const sum = (name: keyof PairProducts): number => parts.reduce((total, part) => total + part[name], 0);
  return sum("across") / Math.sqrt(sum("one") * sum("other"));
};

/** Share of cosines within the stated bound of the exact one. */
function covered(kind: Kind, scales: readonly number[]): number {
  const random = new Random(scales.length);
  let within = 0;
  for (let index = 0; index < cases; index++) {
    const parts = scales.map((scale, part) => drawn(random, kind, scale, `module ${part}`));
    const projected = parts.map((part) => part.projected);
    const error = Math.abs(cosineOf(projected) - cosineOf(parts.map(({ exact }) => exact)));
    if (error <= cosineBound(projected, { numbers, variance: projectionVariance.update })) within++;
  }
  return within / cases;
}

describe("at least 95 % of cosines are within the stated error", () => {
  test.each([1, 4, 16])("of one ΔW at rank %i, however parallel", (rank) => {
    for (const sameA of [true, false])
      for (const parallel of [0, 1, 10])
        expect(covered({ rank, sameA, parallel }, [1])).toBeGreaterThanOrEqual(0.95);
  });

  test.each([
    ["evenly spread", [1, 1, 1, 1, 1, 1]],
    ["with most in one", [1, 0.1, 0.1, 0.1, 0.3]],
  ])("of the update of several adapters, %s", (_, scales) => {
    for (const parallel of [0, 1])
      expect(covered({ rank: 1, sameA: true, parallel }, scales)).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the stated error", () => {
  const options = { numbers, variance: 1 };
  const pair = (cosine: number): PairProducts => ({ one: 1, across: cosine, other: 1 });

  test("of one part is (1 − c²)/√m, whatever the lengths", () => {
    for (const cosine of [-0.9, 0, 0.5, 0.99]) {
      const expected = (2.1 * (1 - cosine ** 2)) / 16;
      expect(cosineBound([pair(cosine)], options)).toBeCloseTo(expected, 12);
      const longer = { one: 4, across: 6 * cosine, other: 9 };
      expect(cosineBound([longer], options)).toBeCloseTo(expected, 12);
    }
    expect(cosineBound([pair(1)], options)).toBe(0);
  });

  test("of equal parts falls with the root of their number, and that of one that carries all does not", () => {
    const alone = cosineBound([pair(0.3)], options);
    const equal = Array.from({ length: 25 }, () => pair(0.3));
    expect(cosineBound(equal, options)).toBeCloseTo(alone / 5, 12);
    const nothing = { one: 0, across: 0, other: 0 };
    expect(cosineBound([pair(0.3), ...Array.from({ length: 24 }, () => nothing)], options)).toBeCloseTo(
      alone,
      12,
    );
  });

  test("of vectors that are zero is undefined", () => {
    expect(cosineBound([{ one: 0, across: 0, other: 1 }], options)).toBeNaN();
  });

  test("of norms and of right angles follows from the shares", () => {
    const { norm, cosine } = projectionBounds([1, 1, 1, 1], options);
    expect(cosine).toBeCloseTo(2.1 / 32, 12);
    expect(norm).toBeCloseTo(2.1 / 32 / Math.SQRT2, 12);
  });
});
