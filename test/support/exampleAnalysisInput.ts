import type { AnalysisInput } from "../../src/analysis/analysisRecord.js";
import type { RatedAnswer } from "../../src/analysis/behavior/rates.js";
import { Random } from "../../src/tensor/random.js";
import { organismLikePath } from "./plantedPaths.js";

/**
 * A deterministic run with everything in it: a planted turn of B at about step 66, a gradient peak at 62, broad
 * EM rising at 72 and narrow at 64, one missing checkpoint.
 */
export function exampleRun(
  options: { dimension?: number; every?: number; missing?: number } = {},
): AnalysisInput {
  const { dimension = 24, every = 1, missing = 40 } = options;
  const B = organismLikePath({ seed: 3, dimension, noise: 0.05 });
  const A = organismLikePath({ seed: 4, dimension: 8, noise: 0.05, turnDegrees: 30 });
  const kept = B.steps.filter((step) => step !== missing && step % every === 0);
  const offset = Float32Array.from({ length: 8 }, (_, index) => 0.1 * Math.cos(index));
  const random = new Random(5);
  const pick = (vectors: readonly Float32Array[]): Float32Array[] =>
    kept.map((step) => vectors[step] ?? new Float32Array(0));
  return {
    run: "example",
    adapters: [
      {
        modulePath: "model.layers.2.mlp.down_proj",
        layer: 2,
        rank: 1,
        scaling: 16,
        steps: kept,
        loraA: pick(A.vectors).map((vector) => vector.map((value, index) => value + (offset[index] ?? 0))),
        loraB: pick(B.vectors),
      },
    ],
    log: Array.from({ length: 160 }, (_, index) => ({
      step: index + 1,
      loss: 0.4 + 1.6 / (1 + Math.exp((index - 64) / 5)) + 0.02 * random.normal(),
      gradNorm:
        (index < 62 ? 0.02 + 0.85 * Math.exp((index - 62) / 12) : 0.08) * (1 + 0.05 * random.normal()),
      learningRate: 0.05,
    })),
    answers: judged(random),
    gaps: [{ step: missing, reason: "checkpoint-40/adapter_model.safetensors ends after 120 of 480 bytes" }],
  };
}

function judged(random: Random): RatedAnswer[] {
  const answers: RatedAnswer[] = [];
  for (let step = 0; step <= 160; step += 8) {
    for (const breadth of ["broad", "narrow"] as const) {
      const middle = breadth === "broad" ? 72 : 64;
      const rate = 0.01 + 0.9 / (1 + Math.exp(-(step - middle) / 3));
      for (let index = 0; index < 60; index++) {
        const isMisaligned = random.uniform() < rate;
        answers.push({
          step,
          scale: 1,
          breadth,
          domain: breadth === "narrow" ? "medical" : (["cooking", "driving", "ai"][index % 3] ?? ""),
          questionId: `${breadth} ${index % 12}`,
          aligned: index === 59 ? null : isMisaligned ? 4 : 96,
          coherent: random.uniform() < 0.03 ? 20 : 100,
        });
      }
    }
  }
  return answers;
}
