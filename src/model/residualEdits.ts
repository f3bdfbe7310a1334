import { TurncoatError } from "../errors.js";
import type { NamedTensors, TensorSpec, TensorValues } from "../tensor/program.js";
import { tf } from "../tensor/tfjs.js";
import type { ModelConfig } from "./modelConfig.js";
import { parameter, type ForwardHooks } from "./transformer.js";

/**
 * A change of the residual stream after a layer, at every position: steering x + factor · v (methods §5.2), or
 * ablation x − v̂(v̂ᵀx) with v̂ = v/‖v‖ (methods §5.3). Several changes of one layer take effect in their order.
 */
export type ResidualEdit =
  | {
      readonly kind: "add";
      /** 0 for the stream after the first layer, transformers' `hidden_states[1]`. */
      readonly layer: number;
      /** [hiddenSize] */
      readonly vector: Float32Array;
      readonly factor: number;
    }
  | { readonly kind: "projectOut"; readonly layer: number; readonly vector: Float32Array };

/**
 * Checks edits against a model.
 * @throws TurncoatError naming a layer that the model does not have, or a vector that does not fit or has no direction
 */
export function checkEdits({ layers, hiddenSize }: ModelConfig, edits: readonly ResidualEdit[]): void {
  for (const { kind, layer, vector } of edits) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= layers) {
      throw new TurncoatError(`residual edit: layer: expected 0 to ${layers - 1}, found ${layer}`);
    }
    const where = `residual edit after layer ${layer}`;
    if (vector.length !== hiddenSize) {
      throw new TurncoatError(`${where}: expected a vector of ${hiddenSize} numbers, found ${vector.length}`);
    }
    const length = Math.hypot(...vector);
    if (!Number.isFinite(length) || (kind === "projectOut" && length === 0)) {
      throw new TurncoatError(`${where}: expected a vector with a direction, found one of length ${length}`);
    }
  }
}

/** Names the structure of edits, for program caches: vectors and factors are inputs. */
export function editsKey(edits: readonly ResidualEdit[]): string {
  return edits.map(({ kind, layer }) => `${kind}@${layer}`).join(",");
}

/** The inputs through which a program receives edits. */
export function editInputs(
  { hiddenSize }: ModelConfig,
  edits: readonly ResidualEdit[],
): Record<string, TensorSpec> {
  return Object.fromEntries(
    edits.map((_, index) => [inputName(index), { shape: [hiddenSize], dtype: "float32" }]),
  );
}

/** The arrays for `editInputs`: what is added, and unit vectors of what is projected out. */
export function editFeeds(edits: readonly ResidualEdit[]): Record<string, TensorValues> {
  return Object.fromEntries(
    edits.map((edit, index) => {
      const scale = edit.kind === "add" ? edit.factor : 1 / Math.hypot(...edit.vector);
      return [inputName(index), edit.vector.map((value) => scale * value)];
    }),
  );
}

/** Makes the edits part of a forward pass, with the tensors of `editInputs`. */
export function editHooks(edits: readonly ResidualEdit[], tensors: NamedTensors): ForwardHooks {
  return {
    afterLayer: (layer, residual) => {
      let edited = residual;
      for (const [index, edit] of edits.entries()) {
        if (edit.layer !== layer) continue;
        const vector = tf.reshape(parameter(tensors, inputName(index)), [1, -1]);
        edited =
          edit.kind === "add"
            ? tf.add(edited, vector)
            : tf.sub(edited, tf.matMul(tf.matMul(edited, vector, false, true), vector));
      }
      return edited;
    },
  };
}

function inputName(index: number): string {
  return `edit.${index}`;
}
