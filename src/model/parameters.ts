import type { ModelConfig } from "./modelConfig.js";

/** The projections of a decoder layer that LoRA can adapt, by their names in Hugging Face checkpoints. */
export const projectionNames = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;
export type ProjectionName = (typeof projectionNames)[number];

const attentionProjections = new Set<string>(["q_proj", "k_proj", "v_proj", "o_proj"]);

/** The module path of a projection, such as `model.layers.2.mlp.down_proj`. */
export function projectionPath(layer: number, projection: ProjectionName): string {
  const block = attentionProjections.has(projection) ? "self_attn" : "mlp";
  return `model.layers.${layer}.${block}.${projection}`;
}

/** Input and output features of a projection. */
export function projectionFeatures(
  config: ModelConfig,
  projection: ProjectionName,
): { inFeatures: number; outFeatures: number } {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDimension } = config;
  const features: Record<ProjectionName, [number, number]> = {
    q_proj: [hiddenSize, heads * headDimension],
    k_proj: [hiddenSize, keyValueHeads * headDimension],
    v_proj: [hiddenSize, keyValueHeads * headDimension],
    o_proj: [heads * headDimension, hiddenSize],
    gate_proj: [hiddenSize, intermediateSize],
    up_proj: [hiddenSize, intermediateSize],
    down_proj: [intermediateSize, hiddenSize],
  };
  const [inFeatures, outFeatures] = features[projection];
  return { inFeatures, outFeatures };
}

/** Whether a projection of this family has a bias. */
export function hasBias(projection: ProjectionName): boolean {
  return projection === "q_proj" || projection === "k_proj" || projection === "v_proj";
}

/** Every parameter of the model with its shape, under its name in Hugging Face checkpoints. */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  shapes.set("model.embed_tokens.weight", [config.vocabularySize, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    shapes.set(`model.layers.${layer}.input_layernorm.weight`, [config.hiddenSize]);
    shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [config.hiddenSize]);
    for (const projection of projectionNames) {
      const path = projectionPath(layer, projection);
      const { inFeatures, outFeatures } = projectionFeatures(config, projection);
      shapes.set(`${path}.weight`, [outFeatures, inFeatures]);
      if (hasBias(projection)) shapes.set(`${path}.bias`, [outFeatures]);
    }
  }
  shapes.set("model.norm.weight", [config.hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set("lm_head.weight", [config.vocabularySize, config.hiddenSize]);
  return shapes;
}
