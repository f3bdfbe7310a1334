import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { keepLikely } from "../../../src/model/generation/sampling.js";
import { largestDifference } from "../../support/tinyModels.js";

const numbers = z.array(z.number());
const golden = z
  .object({
    logits: z.array(numbers),
    cases: z.array(
      z.object({
        row: z.number(),
        temperature: z.number(),
        topK: z.number().nullable(),
        topP: z.number(),
        kept: numbers,
        probabilities: numbers,
      }),
    ),
  })
  .parse(JSON.parse(readFileSync("test/golden/model/likelyTokens.json", "utf8")));

/** What the graph hands over: the softmax of scaled logits in float32. */
function softmax(logits: readonly number[], temperature: number): Float32Array {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

describe("keepLikely", () => {
  test.each(golden.cases)(
    "row $row at temperature $temperature, top-k $topK, top-p $topP: what transformers' warpers leave",
    ({ row, temperature, topK, topP, kept, probabilities }) => {
      const left = softmax(golden.logits[row] ?? [], temperature);
      keepLikely(left, 1, { topP, ...(topK === null ? {} : { topK }) });
      expect([...left.keys()].filter((token) => (left[token] ?? 0) > 0)).toEqual(kept);
      expect(
        largestDifference(
          kept.map((token) => left[token] ?? NaN),
          probabilities,
        ),
      ).toBeLessThan(1e-6);
    },
  );
});
