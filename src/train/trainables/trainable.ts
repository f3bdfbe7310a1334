import type { LoraAdapter } from "../../formats/peft.js";
import type { ModelParameters } from "../../model/model.js";
import type { RunWriter } from "../../runs/runWriter.js";
import type { TrainableSpec } from "../stepProgram.js";

/** Values of parameters by name. */
export type ParameterValues = Readonly<Record<string, Float32Array>>;

/**
 * What a training changes, and how a checkpoint keeps it: adapters on frozen weights, or the weights themselves. The
 * loop, the optimiser and the state to resume from know no more than this.
 */
export interface Trainable {
  readonly parameters: readonly TrainableSpec[];
  /** Modules whose `lora_A` and `lora_B` are among the parameters. */
  readonly adapters: readonly { readonly modulePath: string; readonly scaling: number }[];
  /** The model's parameters that stay as they are. */
  readonly frozen: ModelParameters;
  /** Where the parameters begin. */
  initial(): ParameterValues;
  /** Writes the checkpoint of a step, whole or not at all. */
  write(writer: RunWriter, step: number, values: ParameterValues): Promise<void>;
  /** The values in a checkpoint's folder, bit for bit as `write` was given them. */
  read(folder: string): ParameterValues;
  /** The values as an adapter; `null` where they are none. */
  toAdapter(values: ParameterValues): LoraAdapter | null;
}
