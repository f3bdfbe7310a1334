import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeSafetensors } from "../../../src/formats/safetensors.js";
import {
  readResidualDirections,
  writeResidualDirections,
  type ResidualDirections,
} from "../../../src/pipeline/results/directionResult.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-directions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("directions stored with a run", () => {
  test("come back as they were, in the order of their steps", () => {
    const measured = [2, 10, 100].map((step) => ({
      step,
      meanDifference: Float32Array.of(step, -1, 0.5),
      probe: step === 10 ? null : Float32Array.of(0, step, 1),
    }));
    const directions: ResidualDirections = { layer: 3, measured };
    const directory = join(folder, "run");
    expect(readResidualDirections(directory)).toBeNull();
    writeResidualDirections(directory, { layer: 3, measured: measured.toReversed() });
    expect(readResidualDirections(directory)).toEqual(directions);
  });

  test("are refused where the file holds something else", () => {
    const directory = join(folder, "other");
    writeResidualDirections(directory, { layer: 0, measured: [] });
    const path = join(directory, "analysis", "directions.safetensors");
    const vector = { shape: [1], data: Float32Array.of(1) };
    writeFileSync(path, encodeSafetensors(new Map([["7/bias", vector]]), { layer: "1" }));
    expect(() => readResidualDirections(directory)).toThrow(/directions\.safetensors: tensor 7\/bias/);
    writeFileSync(path, encodeSafetensors(new Map(), { layer: "first" }));
    expect(() => readResidualDirections(directory)).toThrow(/layer/);
  });
});
