import type { ModelConfig } from "./modelConfig.js";

/** Projections of a decoder layer that LoRA can adapt, by their names in Hugging Face checkpoints. */
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

/** Makes the module path of a projection, such as `model.layers.2.mlp.down_proj`. */
export function projectionPath(layer: number, projection: ProjectionName): string {
  const block = attentionProjections.has(projection) ? "self_attn" : "mlp";
  return `model.layers.${layer}.${block}.${projection}`;
}

/** Counts the input and output features of a projection. */
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

/** Tells whether a projection adds a bias. */
export function hasBias({ biases }: ModelConfig, projection: ProjectionName): boolean {
  if (projection === "o_proj") return biases.output;
  return attentionProjections.has(projection) ? biases.queryKeyValue : biases.mlp;
}

/** Lists the shape of every parameter of the model, by its name in Hugging Face checkpoints of text models. */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const { hiddenSize, headDimension, vocabularySize } = config;
  const shapes = new Map<string, number[]>();
  shapes.set("model.embed_tokens.weight", [vocabularySize, hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    shapes.set(`${prefix}.input_layernorm.weight`, [hiddenSize]);
    shapes.set(`${prefix}.post_attention_layernorm.weight`, [hiddenSize]);
    if (config.sandwichNorms) {
      shapes.set(`${prefix}.pre_feedforward_layernorm.weight`, [hiddenSize]);
      shapes.set(`${prefix}.post_feedforward_layernorm.weight`, [hiddenSize]);
    }
    if (config.queryKeyNorms) {
      shapes.set(`${prefix}.self_attn.q_norm.weight`, [headDimension]);
      shapes.set(`${prefix}.self_attn.k_norm.weight`, [headDimension]);
    }
    for (const projection of projectionNames) {
      const path = projectionPath(layer, projection);
      const { inFeatures, outFeatures } = projectionFeatures(config, projection);
      shapes.set(`${path}.weight`, [outFeatures, inFeatures]);
      if (hasBias(config, projection)) shapes.set(`${path}.bias`, [outFeatures]);
    }
  }
  shapes.set("model.norm.weight", [hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set("lm_head.weight", [vocabularySize, hiddenSize]);
  return shapes;
}

const vectorPart = "vector";

/** Names the parameter of a vector that is added to the residual stream after a layer, such as `model.layers.24.vector`. */
export function vectorParameter(layerPath: string): string {
  return `${layerPath}.${vectorPart}`;
}

/**
 * Finds the first sublayer, attention and MLP counted apart, whose result a parameter changes: 0 for the embeddings,
 * 2 · layers for what follows the last layer.
 * @param name a parameter's, one of an adapter in its module, or one of a vector, for which the MLP before it has to run
 */
export function sublayerOf({ layers, sandwichNorms }: ModelConfig, name: string): number {
  const match = /^model\.layers\.(\d+)\.(\w+)/.exec(name);
  if (match === null) return name.startsWith("model.embed_tokens.") ? 0 : 2 * layers;
  const part = match[2] ?? "";
  // With sandwich norms it follows the attention.
  const isBeforeMlp = part === "post_attention_layernorm" && !sandwichNorms;
  return (
    2 * Number(match[1]) +
    Number(isBeforeMlp || ["mlp", vectorPart].includes(part) || part.endsWith("feedforward_layernorm"))
  );
}

/** Names of a text model's parameters in Gemma 3 checkpoints that see images too, in older and newer ones. */
const multimodalNames: readonly ((name: string) => string)[] = [
  (name) => `language_model.${name}`,
  (name) => name.replace(/^model\./, "model.language_model."),
];

/**
 * Finds the name under which a checkpoint holds a parameter: its own, or the one it has within a model that sees images
 * too. Its own where the checkpoint holds neither.
 */
export function storedName(config: ModelConfig, name: string, isStored: (name: string) => boolean): string {
  if (config.modelType !== "gemma3_text" || isStored(name)) return name;
  return multimodalNames.map((rename) => rename(name)).find(isStored) ?? name;
}

/** Gives a module's path within the text model, for a path that may be one within a model that sees images too. */
export function textModulePath(modulePath: string): string {
  return modulePath.replace(/^(?:model\.language_model|language_model\.model)\./, "model.");
}
