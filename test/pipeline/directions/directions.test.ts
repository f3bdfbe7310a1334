import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meanDifferenceDirection, probeDirection } from "../../../src/analysis/directions/direction.js";
import { euclideanNorm } from "../../../src/analysis/linalg/innerProduct.js";
import { compareDirections } from "../../../src/pipeline/directions/compareDirections.js";
import { runDirections } from "../../../src/pipeline/directions/runDirections.js";
import { steer, steerAlong } from "../../../src/pipeline/directions/steering.js";
import { writeRunDirections } from "../../../src/pipeline/results/directionResult.js";
import { directionsFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-run-directions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const runs = ["one", "other"].map((id) => ({ id, run: join(folder, id) }));

beforeAll(() => {
  for (const [index, { run }] of runs.entries()) {
    writeSyntheticRun(run, { steps: 10, turn: 5 });
    const place = { layer: 1, step: 6 };
    const mean = meanDifferenceDirection(
      { misalignmentDirection: Float32Array.of(1, 0, 0, 0), norm: 5 },
      place,
    );
    const weights = Float32Array.of(1, index, 0, 0);
    // A direction that no code knows by name.
    const own = { ...mean, name: "own", vector: Float32Array.of(0, 3, 4, 0), unit: 7, step: 4 };
    writeRunDirections(run, [own, mean, probeDirection({ weights }, place, mean.unit)]);
  }
});

describe("directions of a run", () => {
  test("are the stored ones, whatever made them, by name and step", () => {
    const found = runDirections(openRun(runs[0]?.run ?? ""), 4);
    expect(found.slice(0, 3).map(({ id, layer, steps }) => [id, layer, steps])).toEqual([
      ["own", 1, [4]],
      ["mean", 1, [6]],
      ["probe", 1, [6]],
    ]);
    expect(found[0]?.at(4).vector).toEqual(Float32Array.of(0, 3, 4, 0));
    expect(() => found[0]?.at(5)).toThrow("no direction own at step 5");
  });

  test("are compared by name; the mean difference has the name that pages know, too", () => {
    expect(compareDirections(runs, "own").compared?.values[0]?.[1]).toBeCloseTo(1, 12);
    const { compared } = compareDirections(runs, "probe");
    expect(compared?.what).toBe("the probe after layer 1");
    expect(compared?.values[0]?.[1]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(compareDirections(runs, "misalignment")).toEqual(compareDirections(runs, "mean"));
    expect(compareDirections(runs, "unheard").absent.map(({ id }) => id)).toEqual(["one", "other"]);
  });

  test("leave out a run that cannot be read, with the reason, and compare the others", () => {
    const damaged = { id: "damaged", run: join(folder, "damaged") };
    cpSync(runs[0]?.run ?? "", damaged.run, { recursive: true });
    writeFileSync(join(damaged.run, directionsFile), "damaged");
    const { compared, absent } = compareDirections([...runs, damaged], "own");
    expect(compared?.runs).toEqual(["one", "other"]);
    expect(absent.map(({ id }) => id)).toEqual(["damaged"]);
    expect(absent[0]?.reason).toContain(directionsFile);
    const gone = { id: "gone", run: join(folder, "gone") };
    expect(compareDirections([...runs, gone]).absent).toEqual([
      { id: "gone", reason: `${gone.run}: no such folder` },
    ]);
  });
});

describe("steering", () => {
  const model = { hiddenSize: 4, layers: 3 };

  test("takes any direction, as long as its unit at strength 1", () => {
    const run = openRun(runs[0]?.run ?? "");
    const { edits, layer, step, unit } = steer(run, model, { direction: "own", strength: 2 });
    expect([layer, step, unit]).toEqual([1, 4, 7]);
    const [edit] = edits;
    if (edit?.kind !== "add") throw new Error("expected an addition");
    expect(Math.abs(edit.factor) * euclideanNorm(edit.vector)).toBeCloseTo(14, 12);
    expect(() => steer(run, model, { direction: "none" })).toThrow('it has no direction "none"');
  });

  test("takes a direction out after every layer, or after one", () => {
    const direction = { vector: Float32Array.of(0, 1), unit: 1, step: 3, layer: 0 };
    const every = steerAlong(direction, 3, { kind: "projectOut" });
    expect(every.edits.map(({ layer }) => layer)).toEqual([0, 1, 2]);
    expect(every.layer).toBeNull();
    expect(steerAlong(direction, 3, { kind: "projectOut", layer: 2 }).edits).toHaveLength(1);
    expect(steerAlong(direction, 3).layer).toBe(0);
  });
});
