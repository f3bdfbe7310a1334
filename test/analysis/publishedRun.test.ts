import { describe, expect, test } from "vitest";
import { normGrowth } from "../../src/analysis/transitions/peak/normGrowth.js";
import { norms } from "../../src/analysis/geometry/pathShape.js";
import { pcaCorner } from "../../src/analysis/transitions/corner/pcaCorner.js";
import { rotation } from "../../src/analysis/transitions/rotation/rotation.js";
import { directionTrajectory, type DirectionTrajectory } from "../../src/analysis/geometry/trajectory.js";
import { Random } from "../../src/tensor/random.js";

/** ‖B‖ of the released medical run at some steps (docs/methods.md §4.2). */
const publishedNorms = [
  [0, 0],
  [120, 0.0613],
  [150, 0.0742],
  [190, 0.0869],
  [230, 0.0964],
  [260, 0.1027],
  [300, 0.1094],
  [375, 0.1167],
  [500, 0.122],
  [792, 0.1257],
] as const;

function publishedNorm(step: number): number {
  const after = publishedNorms.findIndex(([at]) => at >= step);
  const [start, low] = publishedNorms[Math.max(0, after - 1)] ?? [0, 0];
  const [end, high] = publishedNorms[after] ?? [0, 0];
  return end === start ? high : low + ((high - low) * (step - start)) / (end - start);
}

/**
 * A run of 792 steps stored every five in 5 120 dimensions: its norm grows as published, its direction of movement
 * turns by some degrees at step 190. The noise is a hundred directions wide, embedded in the full width, and of the
 * size of the movement where the learning rate has died away.
 */
function publishedLike(turnDegrees: number, seed: number): DirectionTrajectory {
  const random = new Random(seed);
  const angle = (turnDegrees * Math.PI) / 180;
  const corner = publishedNorm(190);
  const position = new Float64Array(5120);
  const steps = [...Array.from({ length: 159 }, (_, index) => 5 * index), 792];
  const vectors = steps.map((step) => {
    // Beyond the corner at distance c, the leg that reaches norm n has length −c·cos θ + √(n² − c²·sin² θ).
    const norm = publishedNorm(step);
    const leg = Math.sqrt(norm ** 2 - (corner * Math.sin(angle)) ** 2) - corner * Math.cos(angle);
    const vector = Float32Array.from(position);
    vector[0] = step <= 190 ? norm : corner + leg * Math.cos(angle);
    vector[1] = step <= 190 ? 0 : leg * Math.sin(angle);
    for (let axis = 2; axis < 102; axis++) {
      vector[axis] = step === 0 ? 0 : (vector[axis] ?? 0) + 2e-5 * random.normal();
      position[axis] = (position[axis] ?? 0) + 2e-5 * random.normal();
    }
    return vector;
  });
  return directionTrajectory("published", steps, vectors);
}

describe("a run as published, bent by 46° at step 190", () => {
  const path = publishedLike(46, 1);

  test("has the published norms and a tail that moves less than it shakes", () => {
    const { steps, values } = norms(path);
    for (const [step, norm] of publishedNorms) {
      expect(Math.abs((values[steps.indexOf(step)] ?? NaN) - norm)).toBeLessThan(0.001);
    }
  });

  test("turns at 190 ± 10 and not in the tail, where the ungated extremum lies", () => {
    const result = rotation(path);
    const { transition } = result.verdict;
    expect(Math.abs((transition?.step ?? NaN) - 190)).toBeLessThanOrEqual(10);
    expect(transition?.interval[0]).toBeLessThanOrEqual(190);
    expect(transition?.interval[1]).toBeGreaterThanOrEqual(190);
    expect(transition?.interval[1]).toBeLessThan(300);
    expect(Math.abs(Number(transition?.evidence.bendDegrees) - 46)).toBeLessThan(6);
    expect(result.windows[1]?.ungated?.step).toBeGreaterThan(400);
  });

  test("has its corner there too, and no step at which the norm grows fastest", () => {
    const { transition } = pcaCorner(path);
    expect(Math.abs((transition?.step ?? NaN) - 190)).toBeLessThanOrEqual(15);
    expect(normGrowth(norms(path)).transition).toBeNull();
  });

  test("without the bend neither turns nor has a corner", () => {
    const straight = publishedLike(0, 2);
    expect(rotation(straight).verdict.transition).toBeNull();
    expect(pcaCorner(straight).transition).toBeNull();
  });
});
