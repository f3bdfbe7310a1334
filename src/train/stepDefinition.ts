import type { ArrangedEdit } from "../model/hooks/residualEdits.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import type { ModelParameters } from "../model/model.js";
import type { OptimizerConfig } from "./optimizerConfig.js";

/** Direction of length 1 in what a parameter writes: as long as the parameter's second axis. */
export type UnitVector = Float32Array;

/** Parameter that the step changes. */
export interface TrainableSpec {
  readonly name: string;
  /** Shape of the parameter; for adapters the first axis is the replica: [R, …]. */
  readonly shape: readonly number[];
  readonly decays: boolean;
  /** True where it stays as it is, and no gradient is taken. @default false */
  readonly isFrozen?: boolean;
}

/** Sizes of a step's tensors; see `TokenBatch`. */
export interface StepShape {
  /** Number of sequences B, over all replicas. */
  readonly batch: number;
  /** Slots of a sequence, T. */
  readonly length: number;
  /** Number of rows n, over all replicas. */
  readonly rows: number;
  /** Number of answers m, over all replicas. */
  readonly answers: number;
  /** True where rows are packed; false where n = m = B · T, in order. */
  readonly packed: boolean;
  /** Number of sublayers that the rows have been through already; 0 where they are tokens. */
  readonly frozenSublayers: number;
  /** True where inputs of adapters are dropped at random. @default false */
  readonly hasDropout?: boolean;
  /** Number of first rows that all sequences begin with. @default 0 */
  readonly shared?: number;
}

/** Definition of one training step. */
export interface StepDefinition {
  readonly config: ModelConfig;
  /** Parameters that do not change. */
  readonly frozen: ModelParameters;
  readonly trainable: readonly TrainableSpec[];
  /** Adapted modules: their `lora_A` and `lora_B` are among the trainable parameters; of a layer, its vector [R, hiddenSize, 1]. */
  readonly adapters: readonly { readonly modulePath: string; readonly scaling: number }[];
  /** Number R of independent trainings that share frozen parameters; 1 for full training. */
  readonly replicas: number;
  readonly shape: StepShape;
  readonly optimizer: OptimizerConfig;
  /** Largest global gradient norm; a larger gradient is scaled down to it. @default no clipping */
  readonly clipNorm?: number;
  /** Changes of the residual stream while the loss of the data is computed; a penalty and a loss that is only measured are without. @default none */
  readonly edits?: readonly ArrangedEdit[];
  /** Directions that the gradients of some parameters lose, by the parameter's name. @default none */
  readonly projections?: ReadonlyMap<string, UnitVector>;
}

/** Definition of a training without the shape of a batch. */
export type TrainingDefinition = Omit<StepDefinition, "shape">;

/** Names a value that an optimiser keeps for a parameter. */
export function slotName(slot: string, name: string): string {
  return `${slot}:${name}`;
}

/** Names the sum of a parameter's gradients over the batches of a step so far. */
export function gradientName(name: string): string {
  return `gradient:${name}`;
}

/** Names the factors that dropout puts before the inputs of a module's adapter. */
export function dropoutName(modulePath: string): string {
  return `dropout:${modulePath}`;
}

/** Lists the parameters that the step changes. */
export function movedParameters(trainable: readonly TrainableSpec[]): readonly TrainableSpec[] {
  return trainable.filter(({ isFrozen }) => isFrozen !== true);
}
