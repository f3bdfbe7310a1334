import { behaviorCurve } from "../../../src/analysis/behavior/behaviorCurve.js";
import { autoregressive } from "../../../src/analysis/statistics/autoregression.js";
import { Random } from "../../../src/tensor/random.js";
import { gapped } from "./gaps.js";
import type { DetectorTrials, SeededRun } from "./trial.js";

/** Evaluated steps, five apart. */
const evaluated = 31;
const spacing = 5;
/** Answers at a step. */
const answers = 200;
const middle = 75;

/** How the log-odds of a misaligned answer wander from step to step, beside what is counted. */
type Wandering = readonly [correlation: number, deviation: number];

const still: Wandering = [0, 0];
const wanderings: Readonly<Record<string, Wandering>> = {
  "binomial only": still,
  "AR(0.7) 0.3": [0.7, 0.3],
  "AR(0.7) 0.6": [0.7, 0.6],
};

/** A curve of which no more is known than a detector looks at. */
const nothing = behaviorCurve([]);

function runOf(
  name: string,
  [correlation, deviation]: Wandering,
  rateAt: (step: number) => number,
): SeededRun {
  return (seed) => {
    const random = new Random(seed).fork(name);
    const wander = autoregressive(evaluated, correlation, deviation, random);
    const steps = wander.map((_, index) => spacing * index);
    const misaligned = steps.map((step, index) => {
      const rate = rateAt(step);
      const odds = (rate / (1 - rate)) * Math.exp(wander[index] ?? NaN);
      return Array.from({ length: answers }, () => random.uniform()).filter(
        (draw) => draw < odds / (1 + odds),
      ).length;
    });
    const broad = { ...nothing, steps, misaligned, n: steps.map(() => answers) };
    return { scales: [{ scale: 1, broad, narrow: nothing }] };
  };
}

const last = spacing * (evaluated - 1);

const nullFamilies: readonly (readonly [string, Wandering, (step: number) => number])[] = [
  ["constant 2 %, binomial", still, () => 0.02],
  ["constant 30 %, binomial", still, () => 0.3],
  ["constant 30 %, AR(0.7) 0.3", [0.7, 0.3], () => 0.3],
  ["constant 30 %, AR(0.7) 0.6", [0.7, 0.6], () => 0.3],
  ["constant 30 %, random walk 0.1", [1, 0.1], () => 0.3],
  ["straight line 5 to 50 %, binomial", still, (step) => 0.05 + (0.45 * step) / last],
  ["straight line 5 to 50 %, AR(0.7) 0.3", [0.7, 0.3], (step) => 0.05 + (0.45 * step) / last],
  ...[0.5, 0.8, 0.9].flatMap((correlation): typeof nullFamilies => [
    [`constant 30 %, AR(${correlation}) 0.4`, [correlation, 0.4], () => 0.3],
    [
      `straight line 5 to 50 %, AR(${correlation}) 0.2`,
      [correlation, 0.2],
      (step) => 0.05 + (0.45 * step) / last,
    ],
  ]),
];

const nulls = Object.fromEntries(nullFamilies.map((family) => [family[0], runOf(...family)]));

/**
 * Shares of misaligned answers along training: constant or rising steadily, counted binomially, or besides wandering in
 * their log-odds as they do where checkpoints are asked with the same random numbers; and logistic rises.
 */
export const behaviorTrials: DetectorTrials = {
  nulls: {
    ...nulls,
    ...gapped(
      nulls,
      Object.keys(nulls).filter((name) => !name.includes("0.7") && !name.includes("2 %")),
    ),
  },
  events: [5, 20, 50].flatMap((rise) =>
    Object.entries(wanderings).map(([noise, wandering]) => ({
      size: `2 to ${2 + rise} %`,
      noise,
      step: middle,
      spacing,
      run: runOf(
        `${rise} ${noise}`,
        wandering,
        (step) => 0.02 + rise / 100 / (1 + Math.exp(-(step - middle) / 4)),
      ),
    })),
  ),
};
