import type { ModelConfig } from "../model/config/modelConfig.js";
import { type Engine, type Program, type ProgramDefinition, sizeOf } from "../tensor/program.js";
import type { TensorValues } from "../tensor/tensorData.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { TokenBatch } from "./batches/batches.js";
import { classesAtOnce } from "./objectives/vocabularyLoss.js";
import { biasCorrections, optimizerSlots } from "./optimizer.js";
import { editFeeds } from "../model/hooks/residualEdits.js";
import { projectionFeeds } from "./gradientProjection.js";
import {
  dropoutName,
  gradientName,
  movedParameters,
  slotName,
  type StepDefinition,
  type StepShape,
  type TrainableSpec,
  type TrainingDefinition,
} from "./stepDefinition.js";
import {
  gradientProgram,
  klLosses,
  lossProgram,
  stepProgram,
  updateProgram,
  withoutEdits,
} from "./stepProgram.js";

/** Number of step programs kept: most batches have one of so few shapes. */
const keptPrograms = 8;

/** Losses and gradient norms of one step, one a replica. */
export interface StepResult {
  readonly loss: readonly number[];
  /** Global L2 norm before clipping. */
  readonly gradientNorm: readonly number[];
  /** Penalty that was added to the loss; absent without one. */
  readonly penalty?: readonly number[];
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
  readonly #edits: Readonly<Record<string, TensorValues>>;
  readonly #optimizerSince: number;
  #current: Record<string, Float32Array> = {};
  #spare: Record<string, Float32Array> = {};
  #step = 0;

  /**
   * Sets the parameters to their initial values.
   * @param initial the value of every trainable parameter
   * @param restored the step already reached, the optimiser's slots, and the step at which the optimiser began, to continue
   *   an interrupted training
   */
  constructor(
    engine: Engine,
    definition: TrainingDefinition,
    initial: Readonly<Record<string, Float32Array>>,
    restored?: {
      readonly step: number;
      readonly slots: Readonly<Record<string, Float32Array>>;
      /** @default 0 */
      readonly optimizerSince?: number;
    },
  ) {
    this.#definition = definition;
    this.#programs = new ProgramCache(engine, keptPrograms);
    this.#step = restored?.step ?? 0;
    this.#optimizerSince = restored?.optimizerSince ?? 0;
    this.#edits = editFeeds(definition.edits ?? []);
    for (const spec of definition.trainable) {
      for (const [name, value] of this.#named(spec, initial, restored?.slots)) {
        this.#current[name] = value.slice();
        // What never moves is written by no step.
        this.#spare[name] = spec.isFrozen === true ? value.slice() : new Float32Array(value.length);
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

  /**
   * Makes one optimiser step.
   * @param batches one batch; or several, whose weights are of the whole step, so that their gradients add up
   * @param learningRates one for all replicas, or one for each
   * @param penalty batch whose weighed KL(base ‖ tuned) is added to the loss. @default none
   */
  async advance(
    batches: TokenBatch | readonly TokenBatch[],
    learningRates: number | readonly number[],
    penalty?: TokenBatch,
  ): Promise<StepResult> {
    const { optimizer, replicas, projections } = this.#definition;
    const updates = this.#step + 1 - this.#optimizerSince;
    const [firstCorrection, secondCorrection] = biasCorrections(optimizer, updates);
    const feeds: Record<string, TensorValues> = {
      learningRate: Float32Array.from({ length: replicas }, (_, replica) =>
        typeof learningRates === "number" ? learningRates : (learningRates[replica] ?? 0),
      ),
      firstCorrection: Float32Array.of(firstCorrection),
      secondCorrection: Float32Array.of(secondCorrection),
      ...projectionFeeds(projections),
      ...this.#moved(),
    };
    const list = "tokens" in batches ? [batches] : batches;
    const [only, ...others] = list;
    const result =
      only !== undefined && others.length === 0 && penalty === undefined
        ? await this.#advanceBy(only, feeds)
        : await this.#advanceBySums(list, feeds, penalty);
    [this.#current, this.#spare] = [this.#spare, this.#current];
    this.#step++;
    return result;
  }

  /** Computes the loss of a batch, one a replica, and changes nothing. */
  async loss(batch: TokenBatch): Promise<readonly number[]> {
    const program = await this.#program("loss", batch, lossProgram);
    const { loss } = await program.run({ ...batchFeeds(batch), ...this.#parameters() });
    return [...(loss?.data ?? [])];
  }

  async #advanceBy(batch: TokenBatch, feeds: Readonly<Record<string, TensorValues>>): Promise<StepResult> {
    const program = await this.#program("step", batch, stepProgram);
    const { loss, gradientNorm } = await program.run(
      { ...batchFeeds(batch), ...this.#edits, ...this.#parameters(), ...feeds },
      this.#spare,
    );
    return { loss: [...(loss?.data ?? [])], gradientNorm: [...(gradientNorm?.data ?? [])] };
  }

  async #advanceBySums(
    batches: readonly TokenBatch[],
    feeds: Readonly<Record<string, TensorValues>>,
    penalty: TokenBatch | undefined,
  ): Promise<StepResult> {
    let sums = this.#zeros();
    let spare = this.#zeros();
    const losses = new Array<number>(this.#definition.replicas).fill(0);
    const addGradients = async (
      batch: TokenBatch,
      program: Program,
      edits: Readonly<Record<string, TensorValues>> = {},
    ): Promise<readonly number[]> => {
      const { loss } = await program.run(
        { ...batchFeeds(batch), ...edits, ...this.#parameters(), ...sums },
        spare,
      );
      [sums, spare] = [spare, sums];
      return [...(loss?.data ?? [])];
    };
    for (const batch of batches) {
      const program = await this.#program("gradient", batch, gradientProgram);
      const own = await addGradients(batch, program, this.#edits);
      for (const replica of losses.keys()) losses[replica] = (losses[replica] ?? 0) + (own[replica] ?? 0);
    }
    const added =
      penalty === undefined
        ? undefined
        : await addGradients(penalty, await this.#program("penalty", penalty, klGradientProgram));
    const update = await this.#programs.get("update", () => updateProgram(this.#definition));
    const { gradientNorm } = await update.run({ ...feeds, ...sums }, this.#spare);
    const norms = { gradientNorm: [...(gradientNorm?.data ?? [])] };
    return { loss: losses, ...norms, ...(added === undefined ? {} : { penalty: added }) };
  }

  /** The current values of the parameters without the optimiser's slots. */
  #parameters(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.#definition.trainable.map(({ name }) => [name, this.#current[name] ?? new Float32Array()]),
    );
  }

  /** The current values of the parameters that move, with their slots. */
  #moved(): Record<string, Float32Array> {
    const { trainable, optimizer } = this.#definition;
    return Object.fromEntries(
      movedParameters(trainable).flatMap(({ name }) =>
        [name, ...optimizerSlots(optimizer).map((slot) => slotName(slot, name))].map((each) => [
          each,
          this.#current[each] ?? new Float32Array(),
        ]),
      ),
    );
  }

  /** Sums of gradients of no batch. */
  #zeros(): Record<string, Float32Array> {
    return Object.fromEntries(
      movedParameters(this.#definition.trainable).map(({ name, shape }) => [
        gradientName(name),
        new Float32Array(sizeOf(shape)),
      ]),
    );
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
  }

  #program(
    kind: string,
    { batch, length, tokens, labels, packing, frozen, dropout, shared = 0 }: TokenBatch,
    define: (definition: StepDefinition) => ProgramDefinition,
  ): Promise<Program> {
    const shape = {
      batch,
      length,
      rows: tokens.length,
      answers: labels.length,
      packed: packing !== undefined,
      frozenSublayers: frozen?.sublayers ?? 0,
      hasDropout: dropout !== undefined,
      shared,
    };
    return this.#programs.get([kind, ...Object.values(shape)].join(":"), () => ({
      ...define({ ...this.#definition, shape }),
      intermediateBytes: intermediateBytes(this.#definition.config, shape),
    }));
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

function klGradientProgram(definition: StepDefinition): ProgramDefinition {
  return { ...gradientProgram(withoutEdits(definition), klLosses), name: "gradient of the penalty" };
}

/** Names what a batch brings as the programs call it. */
export function batchFeeds({
  tokens,
  frozen,
  labels,
  weights,
  packing,
  dropout,
}: TokenBatch): Record<string, TensorValues> {
  const factors = Object.entries(dropout ?? {}).map(([path, values]): [string, TensorValues] => [
    dropoutName(path),
    values,
  ]);
  return {
    ...(frozen === undefined ? { tokens } : { residual: frozen.residual }),
    labels,
    weights,
    ...packing,
    ...Object.fromEntries(factors),
  };
}

/**
 * Estimates the bytes that a step keeps for its backward pass: per row and layer that is trained through, some six
 * tensors as wide as the residual stream, five as wide as the MLP and the attention weights; and three times the
 * logits of the classes that are in memory at once.
 */
function intermediateBytes(
  { layers, heads, hiddenSize, intermediateSize, vocabularySize }: ModelConfig,
  { batch, length, rows, answers, frozenSublayers }: StepShape,
): number {
  const aLayer = rows * (6 * hiddenSize + 5 * intermediateSize) + 2 * batch * heads * length ** 2;
  return (
    4 * ((layers - frozenSublayers / 2) * aLayer + 3 * answers * Math.min(vocabularySize, classesAtOnce))
  );
}
