import type { AdapterConfig, LoraAdapter } from "../../../src/formats/peft.js";
import { loraScaling } from "../../../src/formats/peft.js";
import { loraRank } from "../../../src/formats/adapterConfig.js";
import { isTargeted } from "../../../src/formats/targetModules.js";
import { readModelConfig } from "../../../src/model/config/configJson.js";
import { projectionFeatures, projectionNames, projectionPath } from "../../../src/model/config/parameters.js";
import { Random } from "../../../src/tensor/random.js";

/** A tiny model's fixture and an adapter for it. */
export interface OwnAdapter {
  readonly base: "tiny-qwen2" | "tiny-qwen2-untied";
  readonly config: AdapterConfig;
}

const plain = { useRslora: false, layersToTransform: null, baseModel: null };

/** Adapters of several shapes that Turncoat writes and PEFT has to read. */
export const ownAdapters: Readonly<Record<string, OwnAdapter>> = {
  ranks: {
    base: "tiny-qwen2",
    config: {
      ...plain,
      rank: 2,
      alpha: 8,
      targetModules: ["q_proj", "gate_proj", "down_proj"],
      rankPattern: { "layers.1.self_attn.q_proj": 4, down_proj: 1 },
      alphaPattern: { "layers.0.mlp.down_proj": 3, ".*q_proj": 5 },
    },
  },
  "rslora-expression": {
    base: "tiny-qwen2-untied",
    config: {
      ...plain,
      rank: 3,
      alpha: 2,
      useRslora: true,
      targetModules: String.raw`model\.layers\.(?P<layer>1)\..*_proj`,
      rankPattern: { o_proj: 5 },
    },
  },
  "all-linear": {
    base: "tiny-qwen2-untied",
    config: { ...plain, rank: 1, alpha: 1, targetModules: "all-linear" },
  },
  layers: {
    base: "tiny-qwen2",
    config: {
      ...plain,
      rank: 2,
      alpha: 3,
      targetModules: ["v_proj", "o_proj", "up_proj"],
      layersToTransform: [1],
      layersPattern: ["layers"],
      excludeModules: ["o_proj"],
    },
  },
};

/** The adapter with random numbers in every module that its config targets. */
export function ownAdapter(name: string): LoraAdapter {
  const own = ownAdapters[name];
  if (own === undefined) throw new Error(`there is no adapter ${name}`);
  const { base, config } = own;
  const model = readModelConfig(`test/fixtures/${base}`);
  const random = new Random(5).fork(name);
  const numbers = (path: string, count: number): Float32Array => {
    const stream = random.fork(path);
    return Float32Array.from({ length: count }, () => 0.2 * stream.normal());
  };
  const modules = Array.from({ length: model.layers }, (_, layer) => layer).flatMap((layer) =>
    projectionNames.flatMap((projection) => {
      const modulePath = projectionPath(layer, projection);
      if (!isTargeted(config, modulePath)) return [];
      const { inFeatures, outFeatures } = projectionFeatures(model, projection);
      const rank = loraRank(config, modulePath);
      return [
        {
          modulePath,
          rank,
          scaling: loraScaling(config, modulePath),
          inFeatures,
          outFeatures,
          loraA: numbers(`${modulePath} A`, rank * inFeatures),
          loraB: numbers(`${modulePath} B`, outFeatures * rank),
        },
      ];
    }),
  );
  return { config, modules };
}
