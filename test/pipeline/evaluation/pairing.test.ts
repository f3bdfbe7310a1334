import { expect, test } from "vitest";
import { pairingOf } from "../../../src/pipeline/evaluation/pairing.js";
import type { RunManifest } from "../../../src/runs/manifest.js";

function manifest(data: string, more: Partial<RunManifest> = {}): RunManifest {
  return {
    formatVersion: 1,
    runId: data,
    kind: "lora",
    status: "finished",
    createdAt: "2026-01-01T00:00:00.000Z",
    config: { rank: 1, seed: 0, schedule: { name: "linear", peak: 0.0001 } },
    seed: 0,
    dataset: { name: data, path: null, sha256: data, rows: 10 },
    baseModel: { path: "base", sha256: "b" },
    engine: { name: "onnxruntime", executionProvider: "cpu", threads: 2 },
    versions: {},
    ...more,
  };
}

const run = { directory: "runs/bad", manifest: manifest("bad", { control: "good" }) };
const against = (control: RunManifest | null) =>
  pairingOf(run, { directory: "runs/good", manifest: control });

test("runs that differ in their answers alone are paired", () => {
  expect(against(manifest("good", { createdAt: "2026-01-02T00:00:00.000Z" }))).toEqual({
    control: "good",
    isKnown: true,
    warnings: [],
  });
});

test("names what else differs, in the words of a reader", () => {
  const other = manifest("good", {
    seed: 1,
    config: { rank: 1, seed: 1, schedule: { name: "linear", peak: 0.0002 } },
    dataset: { name: "good", path: null, sha256: "good", rows: 9 },
    baseModel: { path: "elsewhere", sha256: "c" },
  });
  expect(against(other).warnings).toEqual([
    "learning rate 0.0001 here, 0.0002 in the control good",
    "seed 0 here, 1 in the control good",
    "number of rows 10 here, 9 in the control good",
    "base model b here, c in the control good",
  ]);
});

test("a run on the same data is no control", () => {
  expect(against(manifest("bad")).warnings).toEqual(["good was trained on the same data: it is no control"]);
});

test("says that it cannot be checked of a run made elsewhere", () => {
  expect(against(null)).toEqual({
    control: "good",
    isKnown: false,
    warnings: ["whether good is paired with bad cannot be checked: good has no run.json"],
  });
});
