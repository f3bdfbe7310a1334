import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { updateInnerProduct } from "../../../src/analysis/geometry/update/weightUpdate.js";
import { UpdateSketch } from "../../../src/formats/directions/updateSketch.js";
import { readAdapter, type LoraAdapter } from "../../../src/formats/peft.js";
import { eventWords, TrainingWatch } from "../../../src/pipeline/training/trainingWatch.js";
import { checkpointFolder } from "../../../src/runs/layout.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { writeManyAdaptersRun } from "../../support/training/manyAdaptersRun.js";

const shape = { layers: 3, hidden: 24, keyValue: 8, mlp: 40, rank: 2 };

function adaptersOf(steps: number, turn: number): LoraAdapter[] {
  const folder = join(temporaryFolder(), "many");
  writeManyAdaptersRun(folder, shape, { steps, seed: 4, bend: { step: turn, layers: [0, 2] } });
  return Array.from({ length: steps + 1 }, (_, step) =>
    readAdapter(join(folder, checkpointFolder(step)), { use: "geometry" }),
  );
}

describe("a training that is watched", () => {
  test("with many adapters rings once for the turn of the whole update, and names it", () => {
    const watch = new TrainingWatch();
    const events = adaptersOf(90, 40).flatMap((adapter, step) => {
      watch.addCheckpoint(step, adapter);
      return step === 0 ? [] : watch.addStep(step, 1);
    });
    const turns = events.filter(({ transition }) => transition.indicator === "rotation");
    expect(turns).toHaveLength(1);
    const [turn] = turns;
    expect(turn?.transition.adapter).toBe("ΔW of all 21 adapters");
    expect(Math.abs((turn?.transition.step ?? NaN) - 40)).toBeLessThan(4);
    expect(turn === undefined ? "" : eventWords(turn)).toContain("(ΔW of all 21 adapters)");
  });

  test("keeps sketches whose inner products are those of the whole update, within their standard error", () => {
    const sketch = new UpdateSketch();
    const [one, other] = adaptersOf(12, 6).slice(-2);
    const products = (left: LoraAdapter | undefined, right: LoraAdapter | undefined): number =>
      (left?.modules ?? []).reduce((sum, module, index) => {
        const fitting = right?.modules[index];
        return fitting === undefined ? NaN : sum + updateInnerProduct(module, fitting);
      }, 0);
    const [first, second] = [one, other].map((each) => sketch.of(each?.modules ?? []));
    const dot = (left: Float32Array | undefined, right: Float32Array | undefined): number =>
      Array.from(left ?? []).reduce((sum, value, index) => sum + value * (right?.[index] ?? NaN), 0);
    const size = Math.sqrt(products(one, one) * products(other, other));
    // Six times the standard error of 21 adapters of 256 numbers each.
    expect(Math.abs(dot(first, second) - products(one, other)) / size).toBeLessThan(6 / Math.sqrt(21 * 256));
    expect(first).toHaveLength(21 * 256);
  });
});
