import type { Direction, DirectionPlace } from "../../analysis/directions/direction.js";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { readDirections } from "./readDirections.js";

/**
 * Takes the vectors of a safetensors file as directions: tensors whose names hold their layer, such as `layer.12` or
 * `layers.12.direction`.
 *
 * @throws TurncoatError naming the tensor that is no single vector, or whose name says no layer
 */
export function directionsFromFile(
  path: string,
  { name, step }: { readonly name: string } & Pick<DirectionPlace, "step">,
): Direction[] {
  const layers = new Set<number>();
  return readDirections(path).map(({ name: tensor, vector }) => {
    const digits = /(?:^|[^0-9])(\d+)(?:[^0-9]|$)/.exec(tensor)?.[1];
    const layer = Number(digits);
    if (digits === undefined || layers.has(layer)) {
      const found = digits === undefined ? "no number" : `layer ${layer} twice`;
      throw new TurncoatError(
        `${path}: tensor ${tensor}: expected a name with the layer, such as layer.12, found ${found}`,
      );
    }
    layers.add(layer);
    return { name, layer, step, vector, unit: euclideanNorm(vector), madeFrom: { kind: "file", tensor } };
  });
}
