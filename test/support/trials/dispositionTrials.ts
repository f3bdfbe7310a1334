import { dispositionCurve } from "../../../src/analysis/directions/disposition.js";
import { autoregressive } from "../../../src/analysis/statistics/autoregression.js";
import { Random } from "../../../src/tensor/random.js";
import type { DetectorTrials, SeededRun } from "./trial.js";

const length = 61;
const prompts = 24;
const middle = 30;
const chance = { even: 0.02, amongPrompts: 0.05, furthest: 0.08 };

/** Prompts whose mean follows a curve in shares of the direction, beside autoregressive noise that they share. */
function runOf(
  name: string,
  [correlation, deviation]: readonly [correlation: number, deviation: number],
  shareAt: (step: number) => number,
): SeededRun {
  return (seed) => {
    const random = new Random(seed).fork(name);
    const noise = autoregressive(length, correlation, deviation, random);
    const own = Array.from({ length: prompts }, () => [random.normal(), 1 + 0.3 * random.normal()] as const);
    const steps = Array.from({ length }, (_, step) => step);
    const values = steps.map((step) => {
      const moved = shareAt(step) + (noise[step] ?? NaN);
      return own.map(([offset, size]) => offset + size * moved);
    });
    const read = { direction: "planted", directionStep: 0, directionSha256: "", layer: 0, hasOrigin: false };
    return {
      disposition: dispositionCurve(
        { ...read, place: "last", steps, values, chance: steps.map(() => chance), draws: 200 },
        { resamples: 199 },
      ),
    };
  };
}

const rise =
  (size: number, width: number) =>
  (step: number): number =>
    size / (1 + Math.exp((-4 * (step - middle)) / width));
const still = [0, 0] as const;
const white = [0, 0.005] as const;
const red = [0.8, 0.005] as const;

/** Trials of the disposition: prompts that stay, walk or rise evenly, and prompts that rise at step 30 of 60. */
export const dispositionTrials: DetectorTrials = {
  nulls: {
    "constant, white 0.005": runOf("constant", white, () => 0),
    "constant, AR(0.8) 0.005": runOf("constant, red", red, () => 0),
    "random walk 0.03": runOf("walk", [1, 0.03], () => 0),
    "random walk 0.1": runOf("long walk", [1, 0.1], () => 0),
    "straight line to 60 %": runOf("line", white, (step) => (0.6 * step) / length),
    "square root to 60 %": runOf("root", white, (step) => 0.6 * Math.sqrt(step / length)),
    "down by 40 % at once": runOf("down", white, (step) => -rise(0.4, 3)(step)),
  },
  events: [3, 6, 12, 24].flatMap((width) =>
    (
      [
        ["none", still],
        ["white 0.005", white],
        ["AR(0.8) 0.005", red],
      ] as const
    ).map(([noise, family]) => ({
      size: `40 % within ${width} steps`,
      noise,
      step: middle,
      spacing: 1,
      run: runOf(`rise ${width} ${noise}`, family, rise(0.4, width)),
    })),
  ),
};
