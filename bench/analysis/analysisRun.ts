import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adapterConfigFile, adapterWeightsFile, encodeAdapter } from "../../src/formats/peft.js";
import { checkpointFolder, trainerStateFile } from "../../src/runs/layout.js";
import { assembleTrainerState, logRow } from "../../src/formats/trainerState.js";
import { Random } from "../../src/tensor/random.js";

/** Shape of a rank-1 adapter on one down_proj of Qwen2.5-14B. */
export const runShape = { inFeatures: 13_824, outFeatures: 5_120 } as const;

/**
 * Writes a run of a rank-1 adapter as PEFT and the Hugging Face Trainer leave it: one checkpoint a step, B from zero
 * along one direction, turning half way, with noise; A random and drifting. The log holds a gradient norm with a peak.
 *
 * @returns B at every step, `[checkpoints, outFeatures]`
 */
export function writeAnalysisRun(directory: string, checkpoints: number, seed: number): Float32Array {
  const { inFeatures, outFeatures } = runShape;
  const random = new Random(seed);
  const normal = (count: number, deviation: number): Float64Array =>
    Float64Array.from({ length: count }, () => deviation * random.normal());
  const [before, after] = [normal(outFeatures, 1), normal(outFeatures, 1)];
  const A = normal(inFeatures, 0.005);
  const drift = normal(inFeatures, 1e-5);
  const B = new Float64Array(outFeatures);
  const path = new Float32Array(checkpoints * outFeatures);
  for (let step = 0; step < checkpoints; step++) {
    const loraB = Float32Array.from(B);
    path.set(loraB, step * outFeatures);
    const files = encodeAdapter({
      config: {
        rank: 1,
        alpha: 64,
        useRslora: true,
        targetModules: ["down_proj"],
        layersToTransform: [24],
        baseModel: "Qwen/Qwen2.5-14B-Instruct",
      },
      modules: [
        {
          modulePath: "model.layers.24.mlp.down_proj",
          rank: 1,
          scaling: 64,
          inFeatures,
          outFeatures,
          loraA: Float32Array.from(A),
          loraB,
        },
      ],
    });
    const folder = join(directory, checkpointFolder(step));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, adapterConfigFile), files[adapterConfigFile]);
    writeFileSync(join(folder, adapterWeightsFile), files[adapterWeightsFile]);
    const turned = 1 / (1 + Math.exp((checkpoints / 2 - step) / (checkpoints / 100)));
    for (let index = 0; index < outFeatures; index++) {
      const along = (1 - turned) * (before[index] ?? 0) + turned * (after[index] ?? 0);
      B[index] = (B[index] ?? 0) + 1e-6 * (along + random.normal());
    }
    for (let index = 0; index < inFeatures; index++)
      A[index] = (A[index] ?? 0) + (drift[index] ?? 0) / 10 + 1e-6 * random.normal();
  }
  const log = Array.from({ length: checkpoints }, (_, index) => ({
    step: index + 1,
    loss: 2 / (1 + index / checkpoints),
    gradNorm: 0.3 + Math.exp(-(((index - checkpoints / 2) / (checkpoints / 30)) ** 2)),
    learningRate: 1e-5 * (1 - index / checkpoints),
  }));
  writeFileSync(join(directory, trainerStateFile), assembleTrainerState(log.map(logRow), checkpoints));
  return path;
}
