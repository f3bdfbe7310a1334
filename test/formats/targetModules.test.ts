import { describe, expect, test } from "vitest";
import type { AdapterConfig } from "../../src/formats/adapterConfig.js";
import { isTargeted } from "../../src/formats/targetModules.js";

const plain: AdapterConfig = {
  rank: 2,
  alpha: 8,
  useRslora: false,
  targetModules: ["down_proj"],
  layersToTransform: null,
  baseModel: null,
};
const down = (layer: number) => `model.layers.${layer}.mlp.down_proj`;

/** The layers of down_proj, of 0 to 12, that a config targets. */
function layersOf(config: Partial<AdapterConfig>): number[] {
  const layers = Array.from({ length: 13 }, (_, layer) => layer);
  return layers.filter((layer) => isTargeted({ ...plain, ...config }, down(layer)));
}

describe("targetModules: PEFT's choice of modules", () => {
  test("by the ending of the path, after a dot", () => {
    expect(isTargeted(plain, down(3))).toBe(true);
    expect(isTargeted(plain, "down_proj")).toBe(true);
    expect(isTargeted(plain, "model.layers.3.mlp.up_down_proj")).toBe(false);
    expect(isTargeted({ ...plain, targetModules: ["mlp.down_proj"] }, down(3))).toBe(true);
    expect(isTargeted({ ...plain, targetModules: [] }, down(3))).toBe(false);
  });

  test("by layer, 1 apart from 11; a whole path goes before the layers", () => {
    expect(layersOf({ layersToTransform: [1, 12] })).toEqual([1, 12]);
    expect(layersOf({ layersToTransform: [] })).toHaveLength(13);
    expect(layersOf({ layersToTransform: [1], targetModules: ["down_proj", down(5)] })).toEqual([1, 5]);
    expect(isTargeted({ ...plain, layersToTransform: [0], targetModules: ["lm_head"] }, "x.lm_head")).toBe(
      false,
    );
  });

  test("by layer under a name of the layers, the first number counting", () => {
    expect(layersOf({ layersToTransform: [2], layersPattern: "layers" })).toEqual([2]);
    expect(layersOf({ layersToTransform: [2], layersPattern: ["h", "lay.rs"] })).toEqual([2]);
    expect(layersOf({ layersToTransform: [2], layersPattern: "h" })).toEqual([]);
    const experts = { ...plain, targetModules: ["w1"], layersToTransform: [1] };
    expect(isTargeted(experts, "model.layers.1.experts.0.w1")).toBe(true);
    expect(isTargeted(experts, "model.layers.0.experts.1.w1")).toBe(false);
  });

  test("by one regular expression for the whole path, as Python writes it", () => {
    const targetModules = String.raw`model\.layers\.(?P<layer>[2-4])\..*\_proj|unused`;
    expect(layersOf({ targetModules })).toEqual([2, 3, 4]);
    expect(layersOf({ targetModules: "down_proj" })).toEqual([]);
    expect(layersOf({ targetModules: ".*down" })).toEqual([]);
  });

  test("by all-linear, which leaves out the output projection", () => {
    expect(layersOf({ targetModules: "All-Linear" })).toHaveLength(13);
    expect(isTargeted({ ...plain, targetModules: "all-linear" }, "lm_head")).toBe(false);
  });

  test("without what is excluded, by ending or expression", () => {
    expect(layersOf({ excludeModules: ["layers.3.mlp.down_proj", down(4)] })).not.toContain(3);
    expect(layersOf({ excludeModules: ["layers.3.mlp.down_proj", down(4)] })).toHaveLength(11);
    expect(layersOf({ targetModules: "all-linear", excludeModules: String.raw`.*\.1?[02-9]\..*` })).toEqual([
      1, 11,
    ]);
    expect(layersOf({ excludeModules: [] })).toHaveLength(13);
  });
});
