import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { withLongTrajectoryComponents } from "../../../src/pipeline/report/longTrajectoryComponents.js";
import { noisyPath } from "../../support/plantedPaths.js";

const count = 261;
const path = (dimension: number, seed: number) =>
  noisyPath((step) => (step < 130 ? [1] : [0, 1]), { seed, walk: 0.05, count, dimension });
const adapter = {
  modulePath: "model.layers.0.mlp.down_proj",
  layer: 0,
  rank: 1,
  scaling: 1,
  steps: path(20, 1).steps,
  loraA: path(20, 1).vectors,
  loraB: path(280, 2).vectors,
};

describe("longTrajectoryComponents: principal components of long trajectories", () => {
  test("are found beforehand where both sides are long, and are those of the analysis", async () => {
    const [completed] = await withLongTrajectoryComponents([adapter], 10);
    expect(completed?.components?.A).toBeUndefined();
    expect(completed?.components?.B?.method).toBe("krylov");
    const input = { run: "long", log: [], answers: [], gaps: [] };
    const options = { rotation: { draws: 9 } };
    const [known] = analyze(
      { ...input, adapters: completed === undefined ? [] : [completed] },
      options,
    ).adapters;
    const [found] = analyze({ ...input, adapters: [adapter] }, options).adapters;
    expect(known?.A?.pca).toEqual(found?.A?.pca);
    expect([known?.B.pca?.method, found?.B.pca?.method]).toEqual(["krylov", "gram"]);
    expect(Object.keys(known?.B.pca ?? {})).toEqual(Object.keys(found?.B.pca ?? {}));
    for (const [index, ratio] of (found?.B.pca?.explainedVarianceRatio ?? []).entries())
      expect(known?.B.pca?.explainedVarianceRatio[index]).toBeCloseTo(ratio, 6);
  });

  test("are left to the analysis where a trajectory is short, still or broken, or most components are wanted", async () => {
    const short = {
      ...adapter,
      steps: [0, 1],
      loraA: adapter.loraA.slice(0, 2),
      loraB: adapter.loraB.slice(0, 2),
    };
    const broken = { ...adapter, loraB: adapter.loraB.map((vector) => vector.map(() => NaN)) };
    for (const each of [short, broken])
      expect(await withLongTrajectoryComponents([each], 10)).toEqual([each]);
    expect(await withLongTrajectoryComponents([adapter], 100)).toEqual([adapter]);
  });
});
