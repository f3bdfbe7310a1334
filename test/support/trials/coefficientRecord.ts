import type {
  CoefficientRecord,
  CoefficientStep,
} from "../../../src/analysis/learningCoefficient/coefficientRecord.js";

const settings = {
  stepShares: [1, 0.5],
  localization: 1,
  chains: 2,
  draws: 2,
  burnIn: 0,
  together: 8,
  seed: 0,
};

/** A measured checkpoint whose chains have these values, at either size of the sampler's step. */
function stepOf(step: number, values: readonly (readonly number[])[]): CoefficientStep {
  const sizes = settings.stepShares.map((share, place) => {
    const own = values[place] ?? [];
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return {
      ...{ share, stepSize: 4 * share, value: mean },
      interval: [mean - 0.5, mean + 0.5] as const,
      chains: own.map((value) => ({
        value,
        isFailed: !(value >= 0),
        losses: [1 + value / 100, 1 + value / 100],
      })),
    };
  });
  return { step, centerLoss: 1, curvature: 1, sizes };
}

/** Coefficients of a run at four steps: the loss falls away at the first, and sizes disagree at the third. */
export const coefficientRecord: CoefficientRecord = {
  ...{ settings, rows: 64, trained: 2000, count: 700, temperature: 100, parameters: 384, unitsOf: "demo" },
  units: [{ name: "model.layers.2.mlp.down_proj.lora_B", unit: 0.1 }],
  steps: [
    stepOf(0, [
      [-3, -2],
      [-1, -2],
    ]),
    stepOf(40, [
      [2, 2.2],
      [2.4, 2.2],
    ]),
    stepOf(80, [
      [9, 9],
      [4, 4],
    ]),
    stepOf(120, [
      [5, 5.1],
      [5.2, 4.9],
    ]),
  ],
};

/** Coefficients of its control, over as many rows in the same units: told at steps 40 and 100, not at 80. */
export const controlRecord: CoefficientRecord = {
  ...coefficientRecord,
  count: 720,
  steps: [
    stepOf(40, [
      [0.1, 0.2],
      [0.2, 0.1],
    ]),
    stepOf(80, [
      [9, 9],
      [4, 4],
    ]),
    stepOf(100, [
      [0.3, 0.3],
      [0.3, 0.3],
    ]),
  ],
};
