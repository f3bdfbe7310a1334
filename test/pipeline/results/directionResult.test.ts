import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  meanDifferenceDirection,
  outputDirection,
  probeDirection,
} from "../../../src/analysis/directions/direction.js";
import { encodeSafetensors } from "../../../src/formats/safetensors.js";
import { readRunDirections, writeRunDirections } from "../../../src/pipeline/results/directionResult.js";
import { directionsFile, directionsLockFile } from "../../../src/runs/layout.js";
import { hintOf } from "../../support/hintOf.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-directions-"));
for (const run of ["run", "before", "other"]) mkdirSync(join(folder, run));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tensor(...values: number[]): { shape: number[]; data: Float32Array } {
  return { shape: [values.length], data: Float32Array.from(values) };
}

describe("directionResult: directions stored with a run", () => {
  test("come back as they were, whatever made them, in the order of their steps", () => {
    const directions = [2, 10, 100].flatMap((step) => {
      const misalignmentDirection = Float32Array.of(0.6, -0.8, 0);
      const mean = meanDifferenceDirection({ misalignmentDirection, norm: step }, { layer: 3, step });
      const probe = probeDirection({ weights: Float32Array.of(0, step, 1) }, { layer: 3, step }, mean.unit);
      const module = { modulePath: "layers.2.mlp.down_proj", scaling: -2, loraB: Float32Array.of(3, 0, 4) };
      return step === 10 ? [mean] : [outputDirection(module, { layer: 2, step }), mean, probe];
    });
    const directory = join(folder, "run");
    expect(readRunDirections(directory)).toEqual([]);
    writeRunDirections(directory, directions.toReversed());
    expect(readRunDirections(directory)).toEqual(directions);
    expect(directions.map(({ name }) => name)).toEqual([
      "b2",
      "mean",
      "probe",
      "mean",
      "b2",
      "mean",
      "probe",
    ]);
    expect(directions[0]?.unit).toBe(10);
    expect(directions[2]?.unit).toBe(directions[1]?.unit);
    expect(directions[1]?.unit).toBeCloseTo(2, 6);
  });

  test("are read from a file of before, which held mean differences and probes of one layer", () => {
    const directory = join(folder, "before");
    writeRunDirections(directory, []);
    const tensors = new Map([
      ["100/meanDifference", tensor(3, 4)],
      ["100/probe", tensor(1, 0)],
      ["5/meanDifference", tensor(0, 2)],
    ]);
    writeFileSync(join(directory, directionsFile), encodeSafetensors(tensors, { layer: "3" }));
    expect(readRunDirections(directory)).toEqual([
      {
        ...{ name: "mean", layer: 3, step: 5, vector: Float32Array.of(0, 2), unit: 2 },
        madeFrom: { kind: "meanDifference" },
      },
      {
        ...{ name: "mean", layer: 3, step: 100, vector: Float32Array.of(3, 4), unit: 5 },
        madeFrom: { kind: "meanDifference" },
      },
      // As long as the mean difference of its step at strength 1.
      {
        ...{ name: "probe", layer: 3, step: 100, vector: Float32Array.of(1, 0), unit: 5 },
        madeFrom: { kind: "probe" },
      },
    ]);
  });

  test("are written by one process at a time, so that none loses those of another", () => {
    const directory = join(folder, "locked");
    mkdirSync(directory);
    writeRunDirections(directory, []);
    const lock = join(directory, directionsLockFile);
    expect(existsSync(lock)).toBe(false);
    // The first process of the system is always there.
    writeFileSync(lock, JSON.stringify({ pid: 1, host: hostname() }));
    expect(() => writeRunDirections(directory, [])).toThrow(
      `${directory}: directions: expected nobody else to write it, found process 1`,
    );
  });

  test("are refused where the file holds something else", () => {
    const directory = join(folder, "other");
    writeRunDirections(directory, []);
    const write = (tensors: Map<string, ReturnType<typeof tensor>>, metadata: Record<string, string>): void =>
      writeFileSync(join(directory, directionsFile), encodeSafetensors(tensors, metadata));
    const bias = new Map([["7/bias", tensor(1)]]);
    write(bias, { layer: "1" });
    expect(() => readRunDirections(directory)).toThrow(/directions\.safetensors: tensor 7\/bias/);
    write(new Map(), { layer: "first" });
    expect(() => readRunDirections(directory)).toThrow(/layer/);
    write(bias, { formatVersion: "2" });
    expect(() => readRunDirections(directory)).toThrow(/tensor 7\/bias: expected .* described in the header/);
    const about = { layer: 1, unit: 2, madeFrom: { kind: "luck" } };
    write(bias, { formatVersion: "2", "7/bias": JSON.stringify(about) });
    expect(() => readRunDirections(directory)).toThrow(/directions\.safetensors: tensor 7\/bias: .*madeFrom/);
    write(new Map([["7/bias", tensor(1, NaN)]]), { formatVersion: "2", "7/bias": JSON.stringify(about) });
    expect(() => readRunDirections(directory)).toThrow(
      /tensor 7\/bias: expected finite numbers, found NaN at 1/,
    );
    // What is there was found in hours: nobody writes over it, and all say what to do.
    expect(() => writeRunDirections(directory, [])).toThrow(/directions\.safetensors/);
    expect(hintOf(() => readRunDirections(directory))).toMatch(/Move the file away; turncoat direction find/);
  });
});
