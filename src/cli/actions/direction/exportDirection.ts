import { encodeSafetensors } from "../../../formats/safetensors.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";

/** Runs `turncoat direction export`. */
export function exportDirectionAction(
  directory: string,
  name: string,
  file: string,
  flags: DirectionFlags,
): void {
  const { layers, step } = chosenDirection(directory, name, flags);
  const tensors = new Map(
    layers.map(({ layer, vector }) => [`layer.${layer}`, { shape: [vector.length], data: vector }]),
  );
  const about = { name, step, madeFrom: layers[0]?.madeFrom };
  writeFileWhole(file, encodeSafetensors(tensors, { direction: JSON.stringify(about) }));
  if (flags.json === true) {
    print(JSON.stringify({ file, name, step, layers: layers.map(({ layer }) => layer) }));
    return;
  }
  print(
    `${file}: ${name} of step ${step} after ${layers.length} ${layers.length === 1 ? "layer" : "layers"}`,
  );
}
