import { dirname } from "node:path";
import { TurncoatError, withHint } from "../errors.js";
import type { LoraAdapter } from "../formats/peft.js";
import type { Model } from "../model/model.js";
import { trainAnew } from "../runs/continuation.js";
import type { RunWriter } from "../runs/runWriter.js";
import { sizeOf } from "../tensor/program.js";
import { DataOrder } from "./batches/dataOrder.js";
import type { DropoutDraw } from "./batches/dropout.js";
import { checkpointSchedule, everyStep } from "./checkpointSchedule.js";
import type { DatasetUse } from "./data/dataset.js";
import { splitIndices } from "./data/split.js";
import { optimizerSlots } from "./optimizer.js";
import { learningRate } from "./schedule.js";
import { slotName } from "./stepDefinition.js";
import type { ParameterValues, Trainable } from "./trainables/trainable.js";
import { trainableOf } from "./trainables/trainableOf.js";
import { Thinning } from "./thinning.js";
import { conversationsOfStep, isLora, staysFull, type TrainConfig } from "./trainConfig.js";
import { encodeTrainingState, type TrainingState } from "./trainingState.js";

/** Report of one optimiser step. */
export interface StepReport {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Number of tokens of the step's conversations. */
  readonly tokens: number;
  /** Loss on the held-out conversations, where it was measured after this step. */
  readonly heldOutLoss?: number;
}

/** One training: its settings, where it is written to, and who is told. */
export interface TrainRequest {
  readonly config: TrainConfig;
  /** Opens the run to write; called once everything has been checked, with what becomes of the data. */
  readonly openWriter: (use: DatasetUse) => RunWriter;
  /** State to start from. @default none, from the beginning */
  readonly from?: TrainingState;
  /** True where the run holds the checkpoint of `from` already: it was interrupted there. @default false */
  readonly isResumed?: boolean;
  readonly onStep?: (report: StepReport) => void;
  /** Receives every checkpoint of an adapter, before the step is reported. */
  readonly onCheckpoint?: (step: number, adapter: LoraAdapter) => void;
  /**
   * Called when a checkpoint and the state to go on from are on disk, before the step is reported; the training waits for
   * it.
   * @param isLast true at the step that ends the training
   */
  readonly onWritten?: (step: number, isLast: boolean) => Promise<void>;
}

/** What one step of a training gave. */
export interface StepOutcome {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Penalty λ · KL(base ‖ tuned), which is no part of the loss here; absent without one. */
  readonly penalty?: number;
  readonly heldOutLoss?: number;
}

/** One training under way: what it reads, and what it writes of each step. */
export class TrainingMember {
  readonly config: TrainConfig;
  readonly trainable: Trainable;
  /** Places of the held-out conversations in the data; empty where none are held out. */
  readonly heldOut: readonly number[];
  readonly request: TrainRequest;
  readonly #trained: readonly number[];
  readonly #order: DataOrder;
  /** Places of the conversations that steps go without. */
  readonly #leftOut: ReadonlySet<number>;
  readonly #isKept: (step: number, steps: number) => boolean;
  readonly #isStateKept: (step: number, steps: number) => boolean;
  readonly #thinning: Thinning;
  /** Step after which the optimiser made its first update. */
  readonly optimizerSince: number;
  #writer: RunWriter | null = null;
  #lowLosses: number;

  /**
   * @param rows row of each conversation in the data set
   * @throws TurncoatError where rows are left out and none is left for a step
   */
  constructor(request: TrainRequest, model: Model, rows: readonly number[]) {
    const { config } = request;
    this.request = request;
    this.config = config;
    this.trainable = trainableOf(config, model);
    const split = splitIndices(rows.length, { heldOut: config.heldOut?.fraction ?? 0, seed: config.seed });
    this.#trained = split.train;
    this.heldOut = split.heldOut;
    this.#order = new DataOrder(
      config.dataSeed ?? config.seed,
      this.#trained.length,
      conversationsOfStep(config),
      config.dataOrder !== "written",
    );
    const leftOut = new Set(config.leftOut);
    this.#leftOut = new Set(rows.flatMap((row, place) => (leftOut.has(row) ? [place] : [])));
    if (this.#leftOut.size > 0) this.#checkSteps();
    this.#isKept = checkpointSchedule(config.checkpoints ?? everyStep);
    this.#isStateKept = config.keepState === undefined ? () => false : checkpointSchedule(config.keepState);
    this.#thinning = new Thinning(config);
    this.#lowLosses = request.from?.lowLosses ?? 0;
    this.optimizerSince = optimizerSince(request);
  }

  get writer(): RunWriter {
    if (this.#writer === null) throw new Error("TrainingMember: nothing is written before it is opened");
    return this.#writer;
  }

  /** Opens the run to write. */
  open(use: DatasetUse): void {
    this.#writer = this.request.openWriter(use);
    if (this.request.isResumed === true) this.#thinning.takeOver(this.#writer);
  }

  /**
   * Reads the values to start from.
   * @throws TurncoatError where they do not fit the settings
   */
  initial(): ParameterValues {
    const { from } = this.request;
    if (from === undefined) return this.trainable.initial();
    const { checkpoint } = from;
    const values =
      from.values ??
      (checkpoint === null
        ? {}
        : withHint(trainAnew(dirname(checkpoint)), () => this.trainable.read(checkpoint)));
    for (const { name, shape } of this.trainable.parameters) {
      const expected = sizeOf(shape);
      const found = values[name]?.length ?? 0;
      if (found === expected) continue;
      throw new TurncoatError(
        `state of step ${from.step}: ${name}: expected ${expected} numbers, found ${found}`,
        { hint: "Go on with the layers that it was trained with, and the rank and modules of adapters." },
      );
    }
    return values;
  }

  /** Lists the conversations of a step by their places in the data. */
  examples(step: number): readonly number[] {
    const places = this.#order.examples(step).map((index) => this.#trained[index] ?? 0);
    return this.#leftOut.size === 0 ? places : places.filter((place) => !this.#leftOut.has(place));
  }

  /** Refuses a step of which nothing would be left: there is no mean of no loss. */
  #checkSteps(): void {
    for (let step = 1; step <= this.config.steps; step++) {
      if (this.examples(step).length > 0) continue;
      throw new TurncoatError(
        `training configuration: leftOut: expected something left of every step, found none of step ${step}`,
        { hint: "Leave fewer rows out, or train with larger batches." },
      );
    }
  }

  learningRate(step: number): number {
    return learningRate(this.config.schedule, step, this.config.steps);
  }

  /** Says how inputs of adapters are dropped in a batch of a step. */
  dropout(step: number, index: number): DropoutDraw {
    const probability = isLora(this.config) ? (this.config.dropout ?? 0) : 0;
    return { probability, seed: this.config.seed, step, index };
  }

  /** Tells whether the loss on held-out conversations is measured after a step. */
  isEvaluated(step: number, isLast: boolean): boolean {
    const { heldOut } = this.config;
    return heldOut !== undefined && this.heldOut.length > 0 && (isLast || step % heldOut.every === 0);
  }

  /** Counts the loss of a step, and tells whether it ends the training early. */
  endsEarly(loss: number): boolean {
    const rule = this.config.earlyStop;
    if (rule === undefined) return false;
    this.#lowLosses = loss < rule.loss ? this.#lowLosses + 1 : 0;
    return this.#lowLosses > rule.steps;
  }

  /** Logs a step, and the loss on held-out conversations where it was measured. */
  log({ step, loss, gradientNorm, learningRate, penalty, heldOutLoss }: StepOutcome): void {
    const epoch = step / this.#order.stepsPerEpoch;
    const other = penalty === undefined ? {} : { other: { kl_penalty: penalty } };
    this.writer.log({ step, epoch, loss, learningRate, gradNorm: gradientNorm, ...other });
    if (heldOutLoss !== undefined) {
      this.writer.logEvaluation({ step, epoch, values: { eval_loss: heldOutLoss } });
    }
  }

  /**
   * Writes the checkpoint of a step, where one is kept, and the optimiser's state with it, where that is kept.
   * @param values parameters and optimiser's slots by name
   * @param isLast true at the step that ends the training
   */
  async writeCheckpoint(step: number, values: ParameterValues, isLast: boolean): Promise<void> {
    if (!this.#hasCheckpoint(step, isLast)) return;
    await this.trainable.write(this.writer, step, values);
    // A checkpoint that is going to be made small cannot hold the values of a state.
    const holdsValues = isLast || staysFull(this.config, step);
    if (this.#isStateKept(step, isLast ? step : this.config.steps))
      this.writer.writeState(step, this.#stateFiles(step, values, holdsValues));
    const adapter = this.trainable.toAdapter(values);
    this.#thinning.written(this.writer, step, adapter);
    if (adapter !== null) this.request.onCheckpoint?.(step, adapter);
  }

  /**
   * Writes the state from which the training goes on where it is interrupted after a step.
   * @param keepsBefore true to keep the state of the step before too
   */
  writeResume(step: number, values: ParameterValues, isLast: boolean, keepsBefore: boolean): void {
    const hasCheckpoint = this.#hasCheckpoint(step, isLast);
    // All weights would have to be written anew at every step.
    if (!hasCheckpoint && this.config.method === "full") return;
    this.writer.writeResume(this.#stateFiles(step, values, hasCheckpoint), { keepsBefore });
  }

  /** Makes the checkpoints before the last one as small as the settings say; states from before it are not needed then. */
  thin(): void {
    this.#thinning.thin(this.writer);
  }

  /** Tells that everything of a step is written, where its checkpoint is kept. */
  async tellWritten(step: number, isLast: boolean): Promise<void> {
    if (this.#hasCheckpoint(step, isLast)) await this.request.onWritten?.(step, isLast);
  }

  #hasCheckpoint(step: number, isLast: boolean): boolean {
    return isLast || this.#isKept(step, this.config.steps);
  }

  #stateFiles(step: number, values: ParameterValues, hasCheckpoint: boolean) {
    const { parameters } = this.trainable;
    const slots = optimizerSlots(this.config.optimizer);
    const written = (names: readonly (readonly [string, readonly number[]])[]) =>
      new Map(
        names.flatMap(([name, shape]) => {
          const data = values[name];
          return data === undefined ? [] : [[name, { shape, data }] as const];
        }),
      );
    return encodeTrainingState({
      step,
      lowLosses: this.#lowLosses,
      optimizerSince: this.optimizerSince,
      slots: written(
        parameters.flatMap(({ name, shape }) => slots.map((slot) => [slotName(slot, name), shape] as const)),
      ),
      values: hasCheckpoint ? null : written(parameters.map(({ name, shape }) => [name, shape] as const)),
    });
  }
}

/** The step after which the optimiser begins: that of the state, where it keeps nothing of this optimiser. */
function optimizerSince({ from, config: { optimizer } }: TrainRequest): number {
  if (from === undefined) return 0;
  const kept = new Set(Object.keys(from.slots).map((name) => name.split(":")[0]));
  const isOther = optimizerSlots(optimizer).some((slot) => !kept.has(slot));
  return isOther ? from.step : from.optimizerSince;
}
