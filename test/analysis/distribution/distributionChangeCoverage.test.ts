import { describe, expect, test } from "vitest";
import {
  dissimilarityNames,
  expectedContribution,
  type Dissimilarity,
} from "../../../src/analysis/distribution/dissimilarity.js";
import {
  distributionChange,
  type DistributionChange,
} from "../../../src/analysis/distribution/distributionChange.js";
import {
  neighboringWindows,
  type WindowWeights,
  type ScoredAnswer,
} from "../../../src/analysis/distribution/windows.js";
import { Random } from "../../../src/tensor/random.js";

/*
 * A family whose D is known: an answer is one of two stances, of which the second becomes more probable along the
 * run, in one of four wordings, whose probabilities stay. Each question turns at a step of its own.
 */
const steps = Array.from({ length: 21 }, (_, index) => 2 * index);
const window = 8;
const places = neighboringWindows(steps, window);
const wordings = [0.4, 0.3, 0.2, 0.1];
const population = 300;

/** How probable the second stance is, by checkpoint. */
type Rates = readonly number[];

function turning(turn: number): Rates {
  return steps.map((step) => 1 / (1 + Math.exp(-(step - turn) / 1.5)));
}

/** Questions that turn around step 20; or that never do. */
function questionsOf(kind: "turn" | "steady"): Rates[] {
  const random = new Random(5);
  return Array.from({ length: population }, () => {
    const turn = 20 + 3 * random.normal();
    return kind === "turn" ? turning(turn) : steps.map(() => 1 / (1 + Math.exp(-(turn - 20))));
  });
}

/** D of two stances with known probabilities. */
function closedForm(name: Dissimilarity, before: number, after: number): number {
  return [
    [before, after],
    [1 - before, 1 - after],
  ].reduce((sum, [p = NaN, q = NaN]) => {
    const mass = (p + q) / 2;
    return mass > 0 ? sum + mass * expectedContribution(name, p / (p + q)) : sum;
  }, 0);
}

function mixture({ positions, weights }: WindowWeights, rates: Rates): number {
  return positions.reduce(
    (sum, position, index) => sum + (weights[index] ?? NaN) * (rates[position] ?? NaN),
    0,
  );
}

function truth(name: Dissimilarity, questions: readonly Rates[]): number[] {
  return places.map(
    ({ before, after }) =>
      questions.reduce(
        (sum, rates) => sum + closedForm(name, mixture(before, rates), mixture(after, rates)),
        0,
      ) / questions.length,
  );
}

interface Draw {
  readonly questions: number;
  /** Answers of each checkpoint to each question. @default 1 */
  readonly samples?: number;
  /** Whether checkpoints draw with the same random numbers, as evaluations of models opened here do. */
  readonly shared: boolean;
  /** Factor on the log-odds of the stances when answers are scored; 1 is right. @default 1 */
  readonly scoredAt?: number;
}

/** One run: questions of the family, answers of every checkpoint, their scores, and the change between windows. */
function run(family: readonly Rates[], draw: Draw, seed: number): DistributionChange {
  const { questions, samples = 1, shared, scoredAt = 1 } = draw;
  const random = new Random(seed);
  const answers = Array.from({ length: questions }, (_, question) => {
    const rates = random.choose(family);
    const scored = rates.map((rate) => 1 / (1 + ((1 - rate) / rate) ** scoredAt));
    return Array.from({ length: samples }, (_, sample) => {
      const stream = random.fork(`${question}/${sample}`);
      const common = [stream.uniform(), stream.weighted(wordings)] as const;
      return steps.map((_, checkpoint): ScoredAnswer => {
        const [level, wording] = shared ? common : [stream.uniform(), stream.weighted(wordings)];
        const isSecond = level < (rates[checkpoint] ?? NaN);
        return {
          questionId: `q${question}`,
          checkpoint,
          logProbabilities: scored.map((rate) =>
            Math.log((isSecond ? rate : 1 - rate) * (wordings[wording] ?? NaN)),
          ),
        };
      });
    }).flat();
  }).flat();
  return distributionChange(steps, answers, [], { window, resamples: 200, seed });
}

/** Whether scores and labels agree at all places. */
function agrees({ scoreCheck }: DistributionChange): boolean {
  return (scoreCheck?.largest?.standardErrors ?? 0) <= (scoreCheck?.allowed ?? NaN);
}

/** What was asked before: the linear D inside the interval of the labels' one, at every place. */
function isInsideEverywhere({ total, linearFromLabels }: DistributionChange): boolean {
  return total.linear.values.every((value, index) => {
    const [low, high] = linearFromLabels.interval[index] ?? [NaN, NaN];
    return low <= value && value <= high;
  });
}

describe("distributionChange on a family of known D", () => {
  const turn = questionsOf("turn");

  test("has intervals that cover D in about 95 % of 300 runs where it is large, at each place and on average", () => {
    const runs = Array.from({ length: 300 }, (_, seed) => run(turn, { questions: 60, shared: true }, seed));
    for (const name of dissimilarityNames) {
      const known = truth(name, turn);
      const covered = known.map((value, place) => {
        const inside = runs.filter(({ total }) => {
          const [low, high] = total[name].interval[place] ?? [NaN, NaN];
          return low <= value && value <= high;
        });
        return inside.length / runs.length;
      });
      // Where D is small, few answers make it up: intervals from runs without those are too low (see estimatedSeries).
      const large = covered.filter((_, place) => (known[place] ?? NaN) > 0.1);
      expect(large.length).toBeGreaterThanOrEqual(7);
      // One standard error of a share of 300 is 0.013.
      expect(Math.min(...large)).toBeGreaterThanOrEqual(0.87);
      const mean = large.reduce((sum, each) => sum + each, 0) / large.length;
      expect(mean).toBeGreaterThanOrEqual(0.9);
      expect(mean).toBeLessThanOrEqual(0.99);
      const bias = known.map(
        (value, place) =>
          runs.reduce((sum, { total }) => sum + (total[name].values[place] ?? NaN), 0) / runs.length - value,
      );
      // One standard error of the mean of 300 runs is 0.003 at most.
      expect(Math.max(...bias.map(Math.abs))).toBeLessThan(0.01);
    }
  });

  test("is exactly nothing where questions differ but no checkpoint does, and finds nothing wrong with the scores", () => {
    const steady = questionsOf("steady");
    for (let seed = 0; seed < 20; seed++) {
      const change = run(steady, { questions: 24, shared: seed % 2 === 0 }, seed);
      for (const name of dissimilarityNames) {
        for (const [low, high] of change.total[name].interval) {
          expect(Math.abs(low)).toBeLessThan(1e-12);
          expect(Math.abs(high)).toBeLessThan(1e-12);
        }
      }
      expect(agrees(change)).toBe(true);
    }
  });

  test("takes a checkpoint that did not answer a question out of that question's window", () => {
    const rates: Rates = [0.2, 0.9, 0.9, 0.9];
    const said = [0, 2, 3].flatMap((checkpoint) =>
      Array.from({ length: 10 }, (_, sample): ScoredAnswer => {
        const isSecond = sample < 10 * (rates[checkpoint] ?? NaN);
        return {
          questionId: "q",
          checkpoint,
          logProbabilities: rates.map((rate) => Math.log(isSecond ? rate : 1 - rate)),
        };
      }),
    );
    const { total, linearFromLabels } = distributionChange([0, 10, 20, 30], said, [], { window: 20 });
    expect(total.totalVariation.values[0]).toBeCloseTo(closedForm("totalVariation", 0.2, 0.9), 12);
    expect(linearFromLabels.values[0]).toBeCloseTo(closedForm("linear", 0.2, 0.9), 12);
  });
});

describe("scoreCheck", () => {
  const turn = questionsOf("turn");

  test("says what chance makes of the difference: l²(1 − l²) an answer, and answers of one checkpoint are independent", () => {
    // 0.2 and 0.8: l is 0.6 or −0.6.
    const said = [0.2, 0.8].flatMap((rate, checkpoint) =>
      Array.from({ length: 10 }, (_, sample): ScoredAnswer => {
        const isSecond = sample < 10 * rate;
        return {
          questionId: "q",
          checkpoint,
          logProbabilities: [0.2, 0.8].map((each) => Math.log(isSecond ? each : 1 - each)),
        };
      }),
    );
    const { scoreCheck } = distributionChange([0, 10], said, [], { window: 10 });
    expect(scoreCheck?.difference[0]).toBeCloseTo(0, 12);
    expect(scoreCheck?.standardError[0]).toBeCloseTo(Math.sqrt((0.36 * 0.64) / 10), 12);
    // The normal distribution's 5 % are at 1.96; the bound is a little wide.
    expect(scoreCheck?.allowed).toBeGreaterThan(1.96);
    expect(scoreCheck?.allowed).toBeLessThan(2.1);
  });

  test("holds in 97 of 100 runs with right scores, where intervals over questions place by place fail in every fifth", () => {
    // 24 questions whose checkpoints draw with the same random numbers, as the organism's narrow ones.
    const runs = Array.from({ length: 100 }, (_, seed) => run(turn, { questions: 24, shared: true }, seed));
    expect(runs.filter(agrees).length).toBeGreaterThanOrEqual(97);
    expect(runs.filter(isInsideEverywhere).length).toBeLessThan(80);
  });

  test("finds scores that are grossly wrong: log-odds a quarter of what answers were drawn with", () => {
    for (const shared of [true, false]) {
      const wrong = Array.from({ length: 8 }, (_, seed) =>
        run(turn, { questions: 168, shared, scoredAt: 0.25 }, seed),
      );
      expect(wrong.filter((each) => !agrees(each))).toHaveLength(8);
    }
  });

  test("without answers has nothing to compare", () => {
    expect(distributionChange([0, 10], [], [], { window: 10 }).scoreCheck?.largest).toBeNull();
    expect(distributionChange([], [], []).scoreCheck).toMatchObject({ difference: [], largest: null });
  });
});
