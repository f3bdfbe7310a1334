import { describe, expect, test } from "vitest";
import { auroc } from "../../../src/analysis/directions/auroc.js";
import { cosineBetween } from "../../../src/analysis/linalg/innerProduct.js";
import { meanDifference } from "../../../src/analysis/directions/meanDifference.js";
import { fitProbe } from "../../../src/analysis/directions/probe.js";
import {
  absentProbeRecord,
  joinProbeRecords,
  probeRecord,
} from "../../../src/analysis/directions/probeRecord.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { Random } from "../../../src/tensor/random.js";

/** Rows that differ along the first axis by `shift` standard deviations between the classes. */
function clusters(options: {
  n: number;
  dimension: number;
  shift: number;
  seed: number;
  groupCount?: number;
}): {
  features: Float32Array;
  labels: boolean[];
  groups: string[];
} {
  const { n, dimension, shift, seed, groupCount = 8 } = options;
  const random = new Random(seed);
  const labels = Array.from({ length: n }, (_, row) => row % 2 === 0);
  const features = new Float32Array(n * dimension);
  for (let index = 0; index < features.length; index++) {
    const isShifted = index % dimension === 0 && labels[Math.floor(index / dimension)] === true;
    features[index] = random.normal() + (isShifted ? shift : 0);
  }
  return { features, labels, groups: labels.map((_, row) => `question ${Math.floor(row / 2) % groupCount}`) };
}

describe("auroc", () => {
  test("counts pairs, with ties as one half", () => {
    expect(auroc([1, 2, 3, 4], [false, false, true, true]).value).toBe(1);
    expect(auroc([4, 3, 2, 1], [false, false, true, true]).value).toBe(0);
    expect(auroc([1, 1, 1, 1], [false, true, false, true]).value).toBe(0.5);
    expect(auroc([1, 2, 2, 3], [false, false, true, true]).value).toBe(0.875);
  });

  test("its interval does not collapse at the ends and shrinks with n", () => {
    const perfect = auroc([1, 2, 3, 4], [false, false, true, true]).interval;
    expect(perfect[1]).toBe(1);
    expect(perfect[0]).toBeLessThan(0.9);
    const many = Array.from({ length: 400 }, (_, index) => index);
    const [low, high] = auroc(
      many,
      many.map((index) => index >= 200),
    ).interval;
    expect(low).toBeGreaterThan(0.97);
    expect(high).toBe(1);
  });

  test("covers the true area about 95 % of the time", () => {
    // Two normal clusters 1 apart: the area is Φ(1/√2) = 0.7602.
    let covered = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const labels = Array.from({ length: 80 }, (_, index) => index % 2 === 0);
      const [low, high] = auroc(
        labels.map((label) => random.normal() + (label ? 1 : 0)),
        labels,
      ).interval;
      if (low <= 0.7602 && 0.7602 <= high) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.91);
    expect(covered / 300).toBeLessThan(0.99);
  });

  test("is undefined with one class or a NaN score", () => {
    expect(auroc([1, 2], [true, true]).value).toBeNaN();
    expect(auroc([], []).value).toBeNaN();
    expect(auroc([1, NaN], [true, false]).value).toBeNaN();
  });
});

describe("fitProbe", () => {
  test("finds the separating axis, holds out whole groups, and its control is at chance", () => {
    const data = clusters({ n: 240, dimension: 10, shift: 4, seed: 1 });
    const probe = fitProbe(data, { seed: 3 });
    expect(probe.auroc.value).toBeGreaterThan(0.97);
    expect(probe.accuracy.percent).toBeGreaterThan(90);
    expect(Math.abs(probe.shuffled.value - 0.5)).toBeLessThan(0.12);
    expect(probe.heldOutGroups.length).toBe(2);
    expect(probe.testCount).toBe(data.groups.filter((group) => probe.heldOutGroups.includes(group)).length);
    const axis = Float32Array.from({ length: 10 }, (_, index) => (index === 0 ? 1 : 0));
    expect(cosineBetween(probe.weights, axis)).toBeGreaterThan(0.9);
  });

  test("does not read a group's identity as the class", () => {
    // The class is a property of the group alone and features are noise around a group centre.
    const random = new Random(5);
    const dimension = 40;
    const features = new Float32Array(20 * 12 * dimension);
    const centres = Array.from({ length: 20 * dimension }, () => 3 * random.normal());
    const labels: boolean[] = [];
    const groups: string[] = [];
    for (let row = 0; row < 240; row++) {
      const group = Math.floor(row / 12);
      labels.push(group % 2 === 0);
      groups.push(`g${group}`);
      for (let column = 0; column < dimension; column++) {
        features[row * dimension + column] = (centres[group * dimension + column] ?? 0) + random.normal();
      }
    }
    const leaky = fitProbe({ features, labels }, { shuffles: 0 });
    const grouped = fitProbe({ features, labels, groups }, { shuffles: 0, testFraction: 0.4 });
    expect(leaky.auroc.value).toBeGreaterThan(0.95);
    expect(grouped.auroc.value).toBeLessThan(0.85);
  });

  test("is the same for the same seed, and its decision does not depend on the units of a feature", () => {
    const data = clusters({ n: 80, dimension: 5, shift: 1.5, seed: 2 });
    expect(fitProbe(data)).toEqual(fitProbe(data));
    const scaled = data.features.map((value, index) => (index % 5 === 2 ? 1024 * value : value));
    expect(fitProbe({ ...data, features: scaled }).auroc.value).toBeCloseTo(fitProbe(data).auroc.value, 12);
  });

  test("works with more features than rows and with features that do not vary", () => {
    const wide = clusters({ n: 160, dimension: 200, shift: 12, seed: 3 });
    expect(fitProbe(wide).auroc.value).toBeGreaterThan(0.7);
    const flat = wide.features.map((value, index) => (index % 200 === 1 ? 0.1 : value));
    const probe = fitProbe({ ...wide, features: flat });
    expect(probe.weights[1]).toBe(0);
    expect(probe.converged).toBe(true);
  });

  test("separable classes stay finite thanks to the penalty", () => {
    const probe = fitProbe(clusters({ n: 60, dimension: 3, shift: 50, seed: 4 }), { c: 1000 });
    expect(probe.converged).toBe(true);
    expect(probe.weights.every(Number.isFinite)).toBe(true);
    expect(probe.auroc.value).toBe(1);
  });

  test("one class or an impossible split gives NaN and the reason", () => {
    const data = clusters({ n: 20, dimension: 3, shift: 1, seed: 5 });
    const single = fitProbe({ ...data, labels: data.labels.map(() => false) });
    expect(single.reason).toBe("all 20 answers are aligned");
    expect(single.auroc.value).toBeNaN();
    const split = fitProbe({ ...data, groups: data.labels.map(String) });
    expect(split.reason).toContain("no split leaves both classes on both sides");
    expect(() => fitProbe({ features: new Float32Array(7), labels: [true, false] })).toThrow(
      "do not fit together",
    );
  });
});

describe("probeRecord", () => {
  test("collects probes along training with the angle of B, and keeps what is absent as gaps", () => {
    const data = clusters({ n: 80, dimension: 4, shift: 4, seed: 6 });
    const probes = [
      { step: 0, probe: fitProbe({ ...data, labels: data.labels.map(() => false) }) },
      { step: 5, probe: fitProbe(data) },
    ];
    const B = directionTrajectory("B", [0, 5], [new Float32Array(4), Float32Array.from([2, 0, 0, 0])]);
    const record = probeRecord(2, probes, B);
    expect(record.auroc.values[0]).toBeNaN();
    expect(record.absent).toEqual([{ step: 0, reason: "all 80 answers are aligned" }]);
    expect(record.angleToB.values[0]).toBeNaN();
    expect(record.angleToB.values[1]).toBeLessThan(30);
    expect(record.randomFloorDegrees).toBeCloseTo(30, 6);
    const other = directionTrajectory("B", [5], [new Float32Array(7).fill(1)]);
    expect(probeRecord(2, probes, other).angleToB.values).toEqual([NaN, NaN]);
  });
});

describe("joinProbeRecords", () => {
  const data = clusters({ n: 80, dimension: 4, shift: 4, seed: 6 });
  const [probe, weaker] = [fitProbe(data), fitProbe(clusters({ n: 80, dimension: 4, shift: 1, seed: 7 }))];

  test("is the record of all steps at once, in their order, whatever the order of the parts", () => {
    const parts = [
      probeRecord(2, [{ step: 9, probe: weaker }]),
      probeRecord(2, [{ step: 0, probe }]),
      probeRecord(2, [{ step: 4, probe }]),
    ] as const;
    const whole = probeRecord(2, [
      { step: 0, probe },
      { step: 4, probe },
      { step: 9, probe: weaker },
    ]);
    expect({ ...joinProbeRecords(parts), heldOutGroups: [] }).toEqual({ ...whole, heldOutGroups: [] });
  });

  test("keeps a step that could not be probed as a gap until it is", () => {
    const gap = absentProbeRecord(2, 4, "no checkpoint of this step");
    const joined = joinProbeRecords([gap, probeRecord(2, [{ step: 0, probe }])]);
    expect(joined.steps).toEqual([0, 4]);
    expect(joined.auroc.values).toEqual([probe.auroc.value, NaN]);
    expect(joined.n).toEqual([probe.testCount, 0]);
    expect(joined.c).toBe(1);
    expect(joined.heldOutGroups).toEqual(probe.heldOutGroups);
    expect(joined.absent).toEqual([{ step: 4, reason: "no checkpoint of this step" }]);
    const filled = joinProbeRecords([joined, probeRecord(2, [{ step: 4, probe: weaker }])]);
    expect(filled.auroc.values).toEqual([probe.auroc.value, weaker.auroc.value]);
    expect(filled.absent).toEqual([]);
  });
});

describe("meanDifference", () => {
  test("points from aligned to misaligned with unit norm and the raw length beside it", () => {
    const misaligned = { values: Float32Array.from([3, 1, 3, -1]), n: 2 };
    const aligned = { values: Float32Array.from([1, 0]), n: 1 };
    const result = meanDifference(misaligned, aligned);
    expect(result.misalignmentDirection).toEqual(Float32Array.from([1, 0]));
    expect(result.norm).toBe(2);
    expect(result.splitHalfCosine).toBeNaN();
  });

  test("is stable for separated classes and not for equal ones", () => {
    const rows = (shift: number, seed: number): { values: Float32Array; n: number } => {
      const { features } = clusters({ n: 200, dimension: 30, shift: 0, seed });
      return { values: features.map((value, index) => value + (index % 30 === 4 ? shift : 0)), n: 200 };
    };
    expect(meanDifference(rows(3, 1), rows(0, 2)).splitHalfCosine).toBeGreaterThan(0.8);
    expect(Math.abs(meanDifference(rows(0, 3), rows(0, 4)).splitHalfCosine)).toBeLessThan(0.5);
    expect(meanDifference(rows(3, 1), rows(0, 2), { seed: 7 })).toEqual(
      meanDifference(rows(3, 1), rows(0, 2), { seed: 7 }),
    );
  });

  test("equal means have no direction; empty or misshapen sets are errors", () => {
    const same = { values: Float32Array.from([1, 2]), n: 1 };
    expect(meanDifference(same, same).misalignmentDirection).toEqual(new Float32Array(2));
    expect(() => meanDifference({ values: new Float32Array(0), n: 0 }, same)).toThrow(
      "no misaligned activations",
    );
    expect(() => meanDifference(same, { values: new Float32Array(3), n: 1 })).toThrow("not 1 rows of 2");
  });
});
