import { describe, expect, test } from "vitest";
import {
  localLearningCoefficient,
  type CoefficientRequest,
  type LossAndGradient,
} from "../../../src/analysis/learningCoefficient/localLearningCoefficient.js";
import { Random } from "../../../src/tensor/random.js";

const usual = {
  ...{ count: 1000, stepSize: 1e-3, localization: 1, chains: 6, draws: 4000, burnIn: 500 },
};
const temperature = usual.count / Math.log(usual.count);

/** L = ½ Σ h w². */
function bowl(curvatures: readonly number[]): (parameters: Float64Array) => LossAndGradient {
  return (parameters) => ({
    loss: curvatures.reduce((sum, h, index) => sum + 0.5 * h * (parameters[index] ?? NaN) ** 2, 0),
    gradient: curvatures.map((h, index) => h * (parameters[index] ?? NaN)),
  });
}

const estimate = (more: Pick<CoefficientRequest, "lossAt" | "center"> & Partial<CoefficientRequest>) =>
  localLearningCoefficient({ ...usual, random: new Random(1), ...more });

describe("localLearningCoefficient", () => {
  test("of a quadratic bowl is d/2 up to what tether and step do, which is known in closed form", async () => {
    const curvatures = [0.5, 1, 2, 1, 1.5, 0.8];
    const { value, interval } = await estimate({ lossAt: bowl(curvatures), center: curvatures.map(() => 0) });
    // Precision p = nβh + γ; the discrete chain's variance is 1 / (p · (1 − εp/4)).
    const expected = curvatures.reduce((sum, h) => {
      const p = temperature * h + usual.localization;
      return sum + (0.5 * temperature * h) / (p * (1 - (usual.stepSize * p) / 4));
    }, 0);
    expect(interval[0]).toBeLessThan(expected);
    expect(interval[1]).toBeGreaterThan(expected);
    expect(Math.abs(expected - 3)).toBeLessThan(0.2);
    expect(Math.abs(value - 3)).toBeLessThan(0.3);
  });

  test("of directions in which nothing changes is 0, so that degenerate losses have less", async () => {
    const flat = await estimate({ lossAt: bowl([1, 1, 0, 0]), center: [0, 0, 0, 0] });
    expect(flat.value).toBeGreaterThan(0.8);
    expect(flat.value).toBeLessThan(1.2);
  });

  test("of a normal crossing is that of its own tethered density, by quadrature", async () => {
    // L = w₁² w₂²: λ is ½ in the limit, and a regular minimum of two dimensions would have 1.
    const lossAt = (w: Float64Array): LossAndGradient => {
      const [x = NaN, y = NaN] = w;
      return { loss: x * x * y * y, gradient: [2 * x * y * y, 2 * x * x * y] };
    };
    let [mass, total] = [0, 0];
    for (let x = -6; x <= 6; x += 0.01) {
      for (let y = -6; y <= 6; y += 0.01) {
        const density = Math.exp(-temperature * x * x * y * y - (x * x + y * y) / 2);
        mass += density;
        total += density * x * x * y * y;
      }
    }
    const expected = (temperature * total) / mass;
    const { value, interval } = await estimate({
      ...{ lossAt, center: [0, 0], draws: 20000, chains: 8, stepSize: 2e-3 },
    });
    expect(expected).toBeLessThan(0.6);
    // The interval is of the noise alone; the step adds some per cent.
    expect(value).toBeGreaterThan(0.85 * expected);
    expect(value).toBeLessThan(1.15 * expected);
    expect(interval[1] - interval[0]).toBeLessThan(0.3);
  });

  test("reports a chain at a place that is no minimum as failed, and gives no value", async () => {
    // From the rim of a bowl the chain falls to its bottom.
    const { value, interval, chains } = await estimate({
      lossAt: bowl([1]),
      center: [3],
      localization: 0.01,
    });
    expect(chains.every(({ isFailed }) => isFailed)).toBe(true);
    expect(chains.every(({ value: own }) => own < 0)).toBe(true);
    expect([value, ...interval]).toEqual([NaN, NaN, NaN]);
  });

  test("reports a step that is too large as failed", async () => {
    const { value, chains } = await estimate({ lossAt: bowl([1]), center: [0], stepSize: 0.2, draws: 3000 });
    expect(value).toBeNaN();
    expect(chains[0]?.isFailed).toBe(true);
    expect(chains[0]?.losses).toHaveLength(3500);
  });

  test("is a function of the seed, with a trace of every draw", async () => {
    const request = { lossAt: bowl([1, 1]), center: [0, 0], draws: 50, burnIn: 10, chains: 2 };
    const [one, same] = [await estimate(request), await estimate(request)];
    expect(one).toEqual(same);
    expect(one.chains[0]?.losses).toHaveLength(60);
    expect(one.chains[0]?.value).not.toBe(one.chains[1]?.value);
  });
});
