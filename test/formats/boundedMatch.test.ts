import { describe, expect, test } from "vitest";
import { loraRank, type AdapterConfig } from "../../src/formats/adapterConfig.js";
import { boundedMatch } from "../../src/formats/boundedMatch.js";
import { isTargeted } from "../../src/formats/targetModules.js";

function peftConfig(more: Partial<AdapterConfig>): AdapterConfig {
  return {
    rank: 2,
    alpha: 8,
    useRslora: false,
    targetModules: [],
    layersToTransform: null,
    baseModel: null,
    ...more,
  };
}

const deep = `model.layers.0.${"a".repeat(60)}!`;

describe("boundedMatch", () => {
  test("matches as Python does, and gives the groups", () => {
    expect(boundedMatch("^(?P<kind>mlp|attn)\\.(\\d+)$", "mlp.7", "here")).toEqual({
      groups: { kind: "mlp" },
      first: "mlp",
    });
    expect(boundedMatch("^(?!.*vision).*q_proj$", "vision.q_proj", "here")).toBeNull();
    expect(boundedMatch("^(?!.*vision).*q_proj$", "text.q_proj", "here")).not.toBeNull();
  });

  test.each(["^(a+)+$", "^(?:.*a){25}$", "(a|a)*$"].map((pattern) => [pattern]))(
    "%s ends, in one line, and at once where it is asked again",
    (pattern) => {
      const text = "a".repeat(60) + "!";
      expect(() => boundedMatch(pattern, text, "target_modules")).toThrow(
        `target_modules: "${pattern}" takes too long to match "${text}"`,
      );
      const started = performance.now();
      for (let index = 0; index < 1000; index++) {
        expect(() => boundedMatch(pattern, `${text}${index}`, "target_modules")).toThrow("takes too long");
      }
      // A thousand times the limit of one would be minutes: this bounds a hang, not speed.
      expect(performance.now() - started).toBeLessThan(60_000);
    },
  );
});

describe("patterns of an adapter that go back again and again end", () => {
  const evil = "model\\.layers\\.0\\.(a+)+";
  test.each([
    ["target_modules", peftConfig({ targetModules: evil })],
    ["exclude_modules", peftConfig({ targetModules: "all-linear", excludeModules: evil })],
    [
      "layers_pattern",
      peftConfig({
        targetModules: [`${"a".repeat(60)}!`],
        layersToTransform: [0],
        layersPattern: [`(.*)*(.*)*b${evil}`],
      }),
    ],
  ])("%s", (option, config) => {
    expect(() => isTargeted(config, deep)).toThrow(`${option}: `);
  });

  test("rank_pattern; its plain keys are found without an expression, dots standing for any character", () => {
    const ranks = (rankPattern: Record<string, number>, path: string) =>
      loraRank(peftConfig({ rankPattern, rank: 1 }), path);
    expect(() => ranks({ [evil]: 2 }, deep)).toThrow("takes too long");
    const keys = { "1.q_proj": 2, q_proj: 3, "layers.2": 4, "": 5 };
    expect(ranks(keys, "model.layers.1.q_proj")).toBe(2);
    expect(ranks(keys, "model.layers.11.q_proj")).toBe(3);
    expect(ranks({ "1.q_proj": 2 }, "model.1xq_proj")).toBe(2);
    expect(ranks(keys, "model.layers.2")).toBe(4);
    expect(ranks(keys, "model.layers.3.")).toBe(5);
    expect(ranks({ "layers.\\d+.q_proj": 6 }, "model.layers.31.q_proj")).toBe(6);
  });
});
