import { describe, expect, test } from "vitest";
import { analyze } from "../../src/analysis/analyze.js";
import { withStraightPositive } from "../../src/analysis/straightPositive.js";
import { localCosineSimilarity } from "../../src/analysis/geometry/localCosineSimilarity.js";
import { noisyPath } from "../support/plantedPaths.js";

const trajectory = noisyPath((step) => (step < 40 ? [1] : [0, 1]), {
  count: 81,
  dimension: 8,
  walk: 0.02,
  seed: 1,
});
const analysis = analyze({
  run: "bent",
  adapters: [
    {
      modulePath: "model.layers.0.mlp.down_proj",
      layer: 0,
      rank: 1,
      scaling: 1,
      steps: trajectory.steps,
      loraA: trajectory.vectors.map(() => Float32Array.of(1, 0)),
      loraB: trajectory.vectors,
    },
  ],
  log: [],
  answers: [],
  gaps: [],
});
const negated = withStraightPositive(analysis);

describe("withStraightPositive", () => {
  test("gives what localCosineSimilarity gives in that convention, and leaves angles", () => {
    const { values } = localCosineSimilarity(trajectory, { k: 5, convention: "straightPositive" });
    const record = negated.adapters[0]?.B.localCosine["5"];
    expect(record?.values.map((value) => Math.abs(value))).toEqual(values.map((value) => Math.abs(value)));
    expect(record?.values[20]).toBeCloseTo(1, 1);
    expect(record?.peak?.value).toBeCloseTo(0, 1);
    expect(record?.values[40]).toBe(values[40]);
    expect(record?.bendDegrees).toEqual(analysis.adapters[0]?.B.localCosine["5"]?.bendDegrees);
    const { normalized } = analysis.adapters[0]?.B.localCosine["5"] ?? {};
    expect(record?.normalized.peak?.value).toBe(0 - (normalized?.peak?.value ?? NaN));
  });

  test("turns the evidence of the rotation with it, names the convention, and is its own inverse but for the name", () => {
    const evidence = JSON.stringify(
      negated.transitions.find(({ indicator }) => indicator === "rotation")?.evidence,
    );
    const before = JSON.stringify(
      analysis.transitions.find(({ indicator }) => indicator === "rotation")?.evidence,
    );
    expect(before).toContain('"bendDegrees"');
    expect(evidence).not.toBe(before);
    expect(negated.parameters.localCosineConvention).toContain("straight = +1");
    expect(withStraightPositive(negated).transitions).toEqual(analysis.transitions);
  });
});
