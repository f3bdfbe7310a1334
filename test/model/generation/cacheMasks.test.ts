import { describe, expect, test } from "vitest";
import { CacheMasks } from "../../../src/model/generation/cacheMasks.js";
import { parseModelConfig } from "../../../src/model/config/configJson.js";

const slots = 12;
const promptLength = 5;
const lengths = [5, 2, 1];

/** A model with one sliding and one full layer. */
function configOf(window: number) {
  return parseModelConfig(
    {
      model_type: "gemma3_text",
      hidden_size: 8,
      intermediate_size: 8,
      num_hidden_layers: 2,
      layer_types: ["sliding_attention", "full_attention"],
      sliding_window: window,
    },
    "config.json",
  );
}

/** What may be seen, by definition: tokens of the row, not after the new one, in the window; 1 is blocked. */
function expected(next: number, window: number, size = slots): number[] {
  return lengths.flatMap((length) => [
    ...Array.from({ length: size }, (_, slot) => {
      const isToken = slot >= promptLength - length && slot < next;
      return Number(!isToken || slot <= next - window);
    }),
    0,
  ]);
}

describe.each([1, 2, 3, 6, 100])("cacheMasks: a window of %i", (window) => {
  test("blocks padding, empty slots and what the window has left, token by token", () => {
    const masks = new CacheMasks(configOf(window), lengths, promptLength, slots);
    for (let next = promptLength; next < slots; next++) {
      expect([...(masks.arrays["blocked.full"] ?? [])]).toEqual(expected(next, Infinity));
      expect([...(masks.arrays["blocked.sliding"] ?? [])]).toEqual(expected(next, window));
      masks.advance();
    }
    masks.grow(slots + 4);
    expect([...(masks.arrays["blocked.full"] ?? [])]).toEqual(expected(slots, Infinity, slots + 4));
    expect([...(masks.arrays["blocked.sliding"] ?? [])]).toEqual(expected(slots, window, slots + 4));
  });
});

test("a model without sliding layers has one mask", () => {
  const config = { ...configOf(3), layerKinds: ["full" as const], slidingWindow: null };
  expect(Object.keys(new CacheMasks(config, lengths, promptLength, slots).arrays)).toEqual(["blocked.full"]);
});
