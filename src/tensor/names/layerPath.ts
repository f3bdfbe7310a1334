/**
 * Tells whether a module's path is that of a whole layer, such as `model.layers.24`. No LoRA matrix has one: what is trained
 * there is a vector that is added to the residual stream after the layer.
 */
export function isLayerPath(modulePath: string): boolean {
  return /(?:^|\.)(?:layers|layer|blocks|h)\.\d+$/.test(modulePath);
}

/** Makes the path of a layer, which is that of a vector trained after it. */
export function layerPath(layer: number): string {
  return `model.layers.${layer}`;
}
