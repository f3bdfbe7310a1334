import { describe, expect, test } from "vitest";
import { compareLandscapes } from "../../../src/analysis/landscape/compareLandscapes.js";
import { factorsOf } from "../../../src/analysis/landscape/efficiency.js";
import { landscapeSentences } from "../../../src/analysis/landscape/landscapeWords.js";
import type { MeasuredLandscape } from "../../../src/analysis/landscape/measuredLandscape.js";
import { orthogonalNoise, turnedBy } from "../../../src/analysis/landscape/orthogonalNoise.js";
import { euclideanNorm } from "../../../src/analysis/linalg/innerProduct.js";
import { Random } from "../../../src/tensor/random.js";

const multiples = [0, 0.25, 0.5, 0.75, 1, 1.5, 2];
const epsilons = [0.1, 0.3, 0.5, 1];
const dimension = 50;
const base = 2;

/** A solution at the bottom of a bowl: L(w) = base − curvature/2 · (‖x‖² − ‖w − x‖²). */
interface Bowl {
  readonly name: string;
  readonly norm: number;
  readonly curvature: number;
  /** Conversations that differ from each other. */
  readonly conversations?: number;
  readonly sample?: string;
  readonly seeds?: number;
  /** Lengths that the run is compared at, beside its own. */
  readonly lengths?: readonly number[];
  /** Deviation of the losses between conversations, the same in all runs. @default 0.1 */
  readonly spread?: number;
}

function bowl({
  name,
  norm,
  curvature,
  conversations = 40,
  sample = "one",
  seeds = 8,
  lengths = [],
  spread = 0.1,
}: Bowl): MeasuredLandscape {
  const random = new Random(7);
  const shift = Array.from({ length: conversations }, () => spread * random.normal());
  const tokens = shift.map((_, index) => 10 + (index % 3));
  const x = Float64Array.from({ length: dimension }, () => norm / Math.sqrt(dimension));
  const lossesAt = (w: Float64Array): number[] => {
    const distance = euclideanNorm(w.map((value, index) => value - (x[index] ?? NaN)));
    const loss = base - (curvature / 2) * (norm ** 2 - distance ** 2);
    return shift.map((own, index) => (loss + own) * (tokens[index] ?? NaN));
  };
  const norms = { update: norm, parameters: norm };
  const factors = [undefined, ...lengths].flatMap((length) =>
    factorsOf({ norms }, { norm: "update", length, multiples }),
  );
  return {
    ...{ name, step: 5, norms, parameters: dimension, tokens },
    sample: { data: "data", sha256: sample },
    scaled: [...new Set([0, 1, ...factors])].map((factor) => ({
      factor,
      losses: lossesAt(x.map((value) => factor * value)),
    })),
    disturbed: Array.from({ length: seeds }, (_, seed) => {
      const y = orthogonalNoise(x, new Random(seed));
      return epsilons.map((epsilon) => ({ epsilon, seed, losses: lossesAt(turnedBy(x, y, epsilon)) }));
    }).flat(),
  };
}

describe("a quadratic bowl", () => {
  const { runs, comparisons } = compareLandscapes([bowl({ name: "bowl", norm: 3, curvature: 0.2 })], {
    norm: "update",
    multiples,
  });
  const [run] = runs;

  test("has the loss base − c/2·‖x‖²·(1 − (1 − f)²) at f times its norm", () => {
    expect(comparisons).toEqual([]);
    expect(run?.fall.value).toBeCloseTo(0.9, 12);
    const mean = run?.base.value ?? NaN;
    for (const { multiple, norm, loss } of run?.own ?? []) {
      expect(norm).toBeCloseTo(3 * multiple, 12);
      expect(loss.value).toBeCloseTo(mean - 0.9 * (1 - (1 - multiple) ** 2), 12);
      expect(loss.interval[0]).toBeLessThan(loss.value);
      expect(loss.interval[1]).toBeGreaterThan(loss.value);
    }
  });

  test("loses 2·(1 − √(1 − ε²)) of its depth to noise, whatever the noise", () => {
    for (const { epsilon, degradation, seeds } of run?.degradation ?? []) {
      const expected = 200 * (1 - Math.sqrt(1 - epsilon ** 2));
      expect(degradation.value).toBeCloseTo(expected, 8);
      for (const each of seeds) expect(each).toBeCloseTo(expected, 8);
    }
    expect(run?.degradation.map(({ epsilon }) => epsilon)).toEqual(epsilons);
  });
});

/** Reports two bowls, measured at the norm of the shorter. */
function report(one: Bowl, other: Bowl) {
  const lengths = [Math.min(one.norm, other.norm)];
  return compareLandscapes([bowl({ ...one, lengths }), bowl({ ...other, lengths })], {
    norm: "update",
    multiples,
  });
}

describe("two bowls", () => {
  const deep = { name: "general", norm: 2, curvature: 0.5 };

  test("of equal depth, the shorter is more efficient by what the parabolas say", () => {
    const far = { name: "narrow", norm: 4, curvature: 0.125 };
    const found = report(deep, far);
    const [comparison] = found.comparisons;
    expect(comparison?.commonLength).toBe(2);
    expect(comparison?.isPaired).toBe(true);
    expect(comparison?.efficiency.verdict).toBe("more");
    for (const { multiple, difference } of comparison?.efficiency.points ?? []) {
      const fall = (of: Bowl): number => (of.curvature / 2) * (of.norm ** 2 - (of.norm - multiple * 2) ** 2);
      expect(difference.value).toBeCloseTo(fall(deep) - fall(far), 10);
      // All conversations have the same difference, so that pairing leaves no doubt.
      expect(difference.interval[1] - difference.interval[0]).toBeLessThan(1e-9);
    }
    expect(report(far, deep).comparisons[0]?.efficiency.verdict).toBe("less");
    const sentences = landscapeSentences(found).join("\n");
    expect(sentences).toContain("general beside narrow, on the same conversations: it is more efficient.");
    expect(sentences).toContain("say nothing of other seeds of training");
  });

  test("of equal shape cannot be told apart", () => {
    const [comparison] = report(deep, { ...deep, name: "other", sample: "two" }).comparisons;
    expect(comparison?.isPaired).toBe(false);
    expect(comparison?.efficiency.verdict).toBe("cannotTell");
    expect(comparison?.stability?.verdict).toBe("cannotTell");
    expect(comparison?.stability?.reason).toBeNull();
  });

  test("a solution that has levelled off is more stable than one that has not", () => {
    const steep = bowl({ ...deep, lengths: [2] });
    const level: MeasuredLandscape = {
      ...steep,
      name: "level",
      disturbed: steep.disturbed.map((each) =>
        each.epsilon <= 0.5 ? { ...each, losses: steep.scaled[1]?.losses ?? [] } : each,
      ),
    };
    const [more] = compareLandscapes([level, steep], { norm: "update", multiples }).comparisons;
    const [less] = compareLandscapes([steep, level], { norm: "update", multiples }).comparisons;
    expect(more?.stability?.verdict).toBe("more");
    expect(more?.stability?.difference.value).toBeCloseTo(-(less?.stability?.difference.value ?? NaN), 10);
    expect(less?.stability?.verdict).toBe("less");
  });

  test.each([
    ["few conversations", { conversations: 9 }, "10 conversations or more, found 9"],
    ["norms far apart", { norm: 11, curvature: 0.02 }, "the norms are 5.5 times apart"],
  ])("are not judged with %s", (_, more, reason) => {
    const [comparison] = report(deep, { ...deep, name: "other", ...more }).comparisons;
    expect(comparison?.efficiency.verdict).toBe("cannotTell");
    expect(comparison?.efficiency.reason).toContain(reason);
  });

  test.each([
    ["that rises", { curvature: -0.5 }, "other does not surely take anything off the loss of the base"],
    ["few seeds", { seeds: 4 }, "expected 5 seeds of the noise or more, found 4"],
    ["depths far apart", { curvature: 0.05 }, "one takes 10 times as much off the loss"],
  ])("are not judged for stability with %s", (_, more, reason) => {
    const [comparison] = report(deep, { ...deep, name: "other", ...more }).comparisons;
    expect(comparison?.stability?.verdict).toBe("cannotTell");
    expect(comparison?.stability?.reason).toContain(reason);
  });

  test("without noise have no stability, and verdicts need less coverage", () => {
    const found = report({ ...deep, seeds: 0 }, { ...deep, name: "other", seeds: 0 });
    expect(found.comparisons[0]?.stability).toBeNull();
    expect(found.runs[0]?.meanDegradation).toBeNull();
    expect(found.coverage).toBeCloseTo(0.95, 12);
    expect(report(deep, deep).coverage).toBeCloseTo(0.975, 12);
  });
});

test("intervals over conversations cover the true difference in 95 % of samples", () => {
  const trials = 100;
  const short = bowl({ name: "short", norm: 1, curvature: 1, seeds: 0 });
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const random = new Random(trial).fork("trial");
    const landscape = (name: string, gain: number): MeasuredLandscape => {
      const losses = Array.from({ length: 40 }, () => 10 * (1 - gain + 0.2 * random.normal()));
      const tokens = losses.map(() => 10);
      const scaled = [
        { factor: 0, losses: tokens },
        { factor: 1, losses },
      ];
      return { ...short, name, tokens, scaled };
    };
    const { comparisons } = compareLandscapes([landscape("a", 0.3), landscape("b", 0.2)], {
      norm: "update",
      multiples: [1],
    });
    const [low = NaN, high = NaN] = comparisons[0]?.efficiency.mean.interval ?? [];
    if (low <= 0.1 && 0.1 <= high) covered++;
  }
  // Of 100 at the 93 % that a bootstrap of 40 has, fewer than 84 or all 100 are less than one in 500.
  expect(covered).toBeGreaterThanOrEqual(84);
  expect(covered).toBeLessThan(100);
});
