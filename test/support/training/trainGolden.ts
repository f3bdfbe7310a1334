import { readFileSync } from "node:fs";
import { z } from "zod";

const numbers = z.array(z.number());
const training = z.object({ losses: numbers, norms: numbers, final: z.record(z.string(), numbers) });
const gradients = z.record(z.string(), z.object({ norm: z.number(), first: numbers }));

const schema = z.object({
  rates: numbers,
  fixed: z.object({
    start: numbers,
    gradients: z.array(numbers),
    after: z.object({ sgd: z.array(numbers), adamw: z.array(numbers), adamwWithoutDecay: z.array(numbers) }),
  }),
  sgd: training,
  clippedSgd: training,
  adamw: training,
  clippedAdamw: training,
  fullGradients: z.object({ "tiny-qwen2": gradients, "tiny-qwen2-untied": gradients }),
});

/** Values that PyTorch's optimisers compute; made by test/golden/train/train.py. */
export const trainGolden = schema.parse(
  JSON.parse(readFileSync(new URL("../../golden/train/train.json", import.meta.url), "utf8")),
);
