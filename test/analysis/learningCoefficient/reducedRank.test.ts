import { expect, test } from "vitest";
import {
  localLearningCoefficient,
  type LossAndGradient,
} from "../../../src/analysis/learningCoefficient/localLearningCoefficient.js";
import { Random } from "../../../src/tensor/random.js";

/*
 * Reduced-rank regression y = B·A·x with 2 × 2 matrices and x of unit covariance, so that the loss at truth T is ½‖BA − T‖².
 * Aoyagi and Watanabe 2005 (Neural Networks 18:924): with M inputs, N outputs, H hidden units and a truth of rank r, where
 * none of N + r ≤ M + H, M + r ≤ N + H, H + r ≤ M + N fails, λ = [(H + r)(2(M + N) − H − r) − (M − N)²] / 8, and 1/8 more where
 * M + N + H + r is odd.
 */
function knownCoefficient(inputs: number, outputs: number, hidden: number, rank: number): number {
  const both = hidden + rank;
  const even = both * (2 * (inputs + outputs) - both) - (inputs - outputs) ** 2;
  return (even + ((inputs + outputs + both) % 2)) / 8;
}

type Four = readonly [number, number, number, number];

/** Product of two 2 × 2 matrices, row by row. */
function product([a, b, c, d]: Four, [e, f, g, h]: Four): Four {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

function transposed([a, b, c, d]: Four): Four {
  return [a, c, b, d];
}

/** Loss and gradient at A, then B, each row by row. */
function lossFor(truth: Four): (w: Float64Array) => LossAndGradient {
  return (w) => {
    const [a = NaN, b = NaN, c = NaN, d = NaN, e = NaN, f = NaN, g = NaN, h = NaN] = w;
    const [A, B]: [Four, Four] = [
      [a, b, c, d],
      [e, f, g, h],
    ];
    const [p, q, r, s] = product(B, A);
    const rest: Four = [p - truth[0], q - truth[1], r - truth[2], s - truth[3]];
    return {
      loss: rest.reduce((sum, value) => sum + value ** 2 / 2, 0),
      gradient: [...product(transposed(B), rest), ...product(rest, transposed(A))],
    };
  };
}

/**
 * λ at a temperature t = nβ around w* = 0 with the tether γ, by quadrature. Given B, A is Gaussian, so that only the singular
 * values x and y of B are left, with the density |x² − y²|·exp(−γ(x² + y²)/2) under the tether alone.
 */
function tetheredCoefficient(t: number, gamma: number): number {
  let [mass, total] = [0, 0];
  // On a logarithmic grid: at a high temperature all happens near 0.
  const grid = Array.from({ length: 380 }, (_, place) => Math.exp(-16 + place * 0.05));
  for (const x of grid) {
    for (const y of grid) {
      const shares = [x, y].map((value) => (t * value ** 2) / (t * value ** 2 + gamma));
      const flat = [x, y].reduce((at, value) => (at * gamma) / (t * value ** 2 + gamma), 1);
      const density = Math.abs(x * x - y * y) * Math.exp((-gamma * (x * x + y * y)) / 2) * flat * x * y;
      mass += density;
      // Each of the two columns of A adds half of each share.
      total += density * shares.reduce((sum, share) => sum + share, 0);
    }
  }
  return total / mass;
}

test("of reduced-rank regression at rank 0 is that of its tethered density, which tends to the known 3/2", async () => {
  expect(knownCoefficient(2, 2, 2, 0)).toBe(1.5);
  expect(tetheredCoefficient(1e10, 1)).toBeCloseTo(1.5, 2);
  const usual = { count: 200, chains: 6, draws: 16000, burnIn: 500, localization: 1, stepSize: 1.5e-3 };
  const temperature = usual.count / Math.log(usual.count);
  const expected = tetheredCoefficient(temperature, 1);
  const { value, interval } = await localLearningCoefficient({
    ...{ ...usual, lossAt: lossFor([0, 0, 0, 0]), center: new Float64Array(8), random: new Random(2) },
  });
  // A bowl of eight parameters would have 4.
  expect(expected).toBeLessThan(1.6);
  expect(Math.abs(value - expected)).toBeLessThan(0.1 * expected);
  expect(interval[1] - interval[0]).toBeLessThan(0.4);
});

test("of the same at rank 1 lies near the known 2, far below half the number of parameters", async () => {
  expect(knownCoefficient(2, 2, 2, 1)).toBe(2);
  const { value } = await localLearningCoefficient({
    ...{ count: 200, chains: 6, draws: 8000, burnIn: 500, localization: 1, stepSize: 4e-3 },
    ...{ lossAt: lossFor([1, 0, 0, 0]), center: [1, 0, 0, 0, 1, 0, 0, 0], random: new Random(3) },
  });
  expect(value).toBeGreaterThan(1.6);
  expect(value).toBeLessThan(2.4);
});
