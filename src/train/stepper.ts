import type { ModelConfig } from "../model/config/modelConfig.js";
import { type Engine, type Program, sizeOf } from "../tensor/program.js";
import type { TensorValues } from "../tensor/tensorData.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { TokenBatch } from "./batches/batches.js";
import { biasCorrections, optimizerSlots } from "./optimizer.js";
import {
  slotName,
  stepProgram,
  type StepDefinition,
  type StepShape,
  type TrainableSpec,
} from "./stepProgram.js";

/** Definition of a training without the shape of a batch. */
export type TrainingDefinition = Omit<StepDefinition, "shape">;

/** Number of step programs kept: most batches have one of so few shapes, and each holds the memory of a step. */
const keptPrograms = 8;

/** Losses and gradient norms of one step, one a replica. */
export interface StepResult {
  readonly loss: readonly number[];
  /** Global L2 norm before clipping. */
  readonly gradientNorm: readonly number[];
}

/**
 * Keeper of the trainable parameters and the optimiser's state, which advances them a step at a time.
 *
 * Each value has two arrays: one step reads the first and writes the second, the next the other way round,
 * so that memory stays flat.
 */
export class Stepper {
  readonly #definition: TrainingDefinition;
  readonly #programs: ProgramCache;
  #current: Record<string, Float32Array> = {};
  #spare: Record<string, Float32Array> = {};
  #step = 0;

  /**
   * Sets the parameters to their initial values.
   * @param initial the value of every trainable parameter
   * @param restored the step already reached and the optimiser's slots, to continue an interrupted training
   */
  constructor(
    engine: Engine,
    definition: TrainingDefinition,
    initial: Readonly<Record<string, Float32Array>>,
    restored?: { readonly step: number; readonly slots: Readonly<Record<string, Float32Array>> },
  ) {
    this.#definition = definition;
    this.#programs = new ProgramCache(engine, keptPrograms);
    this.#step = restored?.step ?? 0;
    for (const spec of definition.trainable) {
      for (const [name, value] of this.#named(spec, initial, restored?.slots)) {
        this.#current[name] = value.slice();
        this.#spare[name] = new Float32Array(value.length);
      }
    }
  }

  /** Steps made so far. */
  get step(): number {
    return this.#step;
  }

  /** The current values of parameters and slots, by name; valid until the next step. */
  get values(): Readonly<Record<string, Float32Array>> {
    return this.#current;
  }

  /** Makes one optimiser step. */
  async advance(batch: TokenBatch, learningRate: number): Promise<StepResult> {
    const program = await this.#program(batch);
    const [firstCorrection, secondCorrection] = biasCorrections(this.#definition.optimizer, this.#step + 1);
    const feeds: Record<string, TensorValues> = {
      ...(batch.frozen === undefined ? { tokens: batch.tokens } : { residual: batch.frozen.residual }),
      labels: batch.labels,
      weights: batch.weights,
      ...batch.packing,
      learningRate: Float32Array.of(learningRate),
      firstCorrection: Float32Array.of(firstCorrection),
      secondCorrection: Float32Array.of(secondCorrection),
      ...this.#current,
    };
    const { loss, gradientNorm } = await program.run(feeds, this.#spare);
    [this.#current, this.#spare] = [this.#spare, this.#current];
    this.#step++;
    return { loss: [...(loss?.data ?? [])], gradientNorm: [...(gradientNorm?.data ?? [])] };
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
  }

  #program({ batch, length, tokens, labels, packing, frozen }: TokenBatch): Promise<Program> {
    const shape = {
      batch,
      length,
      rows: tokens.length,
      answers: labels.length,
      packed: packing !== undefined,
      frozenSublayers: frozen?.sublayers ?? 0,
    };
    return this.#programs.get(
      Object.values(shape).join(":"),
      () => stepProgram({ ...this.#definition, shape }),
      keptBytes(this.#definition.config, shape),
    );
  }

  *#named(
    { name, shape }: TrainableSpec,
    initial: Readonly<Record<string, Float32Array>>,
    slots: Readonly<Record<string, Float32Array>> | undefined,
  ): Generator<[string, Float32Array]> {
    const value = initial[name];
    if (value?.length !== sizeOf(shape))
      throw new RangeError(`Stepper: ${name} has no fitting initial value`);
    yield [name, value];
    for (const slot of optimizerSlots(this.#definition.optimizer)) {
      const key = slotName(slot, name);
      yield [key, slots?.[key] ?? new Float32Array(sizeOf(shape))];
    }
  }
}

/**
 * Estimates the bytes that a step keeps for its backward pass: per row and layer that is trained through, some six
 * tensors as wide as the residual stream, five as wide as the MLP and the attention weights; and three times the
 * logits.
 */
function keptBytes(
  { layers, heads, hiddenSize, intermediateSize, vocabularySize }: ModelConfig,
  { batch, length, rows, answers, frozenSublayers }: StepShape,
): number {
  const aLayer = rows * (6 * hiddenSize + 5 * intermediateSize) + 2 * batch * heads * length ** 2;
  return 4 * ((layers - frozenSublayers / 2) * aLayer + 3 * answers * vocabularySize);
}
