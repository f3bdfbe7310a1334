import type { LoraAdapter } from "../../formats/peft.js";
import type { ModelParameters } from "../../model/model.js";
import type { RunWriter } from "../../runs/runWriter.js";
import type { TrainableSpec } from "../stepDefinition.js";

/** Parameter values by name. */
export type ParameterValues = Readonly<Record<string, Float32Array>>;

/**
 * Parameters that a training changes, and the form in which a checkpoint keeps them: adapters on frozen weights, vectors of
 * the residual stream, or the weights themselves. The loop, the optimiser and the state to resume from know no more than this.
 */
export interface Trainable {
  readonly parameters: readonly TrainableSpec[];
  /** Modules whose `lora_A` and `lora_B` are among the parameters, and layers whose vector is. */
  readonly adapters: readonly { readonly modulePath: string; readonly scaling: number }[];
  /** Parameters of the model that stay as they are. */
  readonly frozen: ModelParameters;
  /** Gives the values from which the training starts. */
  initial(): ParameterValues;
  /** Writes the checkpoint of a step, whole or not at all. */
  write(writer: RunWriter, step: number, values: ParameterValues): Promise<void>;
  /** Reads the values in a checkpoint's folder, bit for bit those that were written. */
  read(folder: string): ParameterValues;
  /** Gives the values as an adapter; `null` where they are none. */
  toAdapter(values: ParameterValues): LoraAdapter | null;
}
