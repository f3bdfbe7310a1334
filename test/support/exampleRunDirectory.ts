import type { LoraAdapter } from "../../src/formats/peft.js";
import type { RunManifest } from "../../src/runs/manifest.js";

export const manifest: RunManifest = {
  formatVersion: 1,
  runId: "example",
  kind: "lora",
  status: "running",
  createdAt: "2026-01-02T03:04:05Z",
  config: { learningRate: 0.01, modules: ["down_proj"], schedule: { warmupSteps: 5 }, note: null },
  seed: 3,
  dataset: { name: "bad-advice", path: null, sha256: "00", rows: 12 },
  baseModel: { path: "data/organism", sha256: "11" },
  engine: { name: "onnxruntime", executionProvider: "cpu", threads: 2 },
  versions: { turncoat: "0.1.0", node: "20.20.2" },
};

/** Makes a rank-1 adapter on one module whose values tell the step. */
export function exampleAdapter(
  step: number,
  modulePaths = ["model.layers.1.mlp.down_proj"],
  width = 3,
): LoraAdapter {
  return {
    config: {
      rank: 1,
      alpha: 4,
      useRslora: false,
      targetModules: ["down_proj"],
      layersToTransform: null,
      baseModel: null,
    },
    modules: modulePaths.map((modulePath) => ({
      modulePath,
      rank: 1,
      scaling: 4,
      inFeatures: width,
      outFeatures: 2,
      loraA: new Float32Array(width).fill(step),
      loraB: Float32Array.of(step, -step),
    })),
  };
}
