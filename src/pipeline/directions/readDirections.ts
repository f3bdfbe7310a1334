import type { NamedDirection } from "../../analysis/geometry/adapterRecord.js";
import { TurncoatError } from "../../errors.js";
import { readSafetensors } from "../../formats/safetensors.js";
import { checkFinite } from "../../tensor/finiteNumbers.js";

/**
 * Reads directions to compare adapters with from a safetensors file. Each tensor has to hold a single vector,
 * whatever its orientation, and becomes a direction of its name.
 *
 * @throws TurncoatError naming the file and the tensor that is no single vector, or not finite
 */
export function readDirections(path: string): NamedDirection[] {
  return [...readSafetensors(path).tensors].map(([name, { shape, data }]) => {
    if (data.length === 0 || Math.max(...shape) !== data.length) {
      throw new TurncoatError(
        `${path}: tensor ${name}: expected one vector, of shape [d], [1, d] or [d, 1], found [${shape.join(", ")}]`,
      );
    }
    checkFinite(data, `${path}: tensor ${name}`);
    return { name, vector: data };
  });
}
