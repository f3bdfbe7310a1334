import { TurncoatError } from "../errors.js";
import type { Model } from "../model/model.js";
import { StepBatches } from "./batches/stepBatches.js";
import { frozenSublayers } from "./batches/prefixCache.js";
import { tokenizeDataset, withSystemTurn, type Dataset, type TokenizedDataset } from "./data/dataset.js";
import { gradientProjections, trainingEdits } from "./streamVectors.js";
import { heldOutLoss } from "./heldOutLoss.js";
import { KlPenalty } from "./klPenalty.js";
import { TrainingMember, type StepOutcome, type TrainRequest } from "./member.js";
import { optimizerSlots } from "./optimizer.js";
import { slotName, type TrainableSpec } from "./stepDefinition.js";
import { Stepper, type StepResult } from "./stepper.js";
import type { ParameterValues } from "./trainables/trainable.js";
import { checkTrainConfig, conversationsOfStep, isLora, type TrainConfig } from "./trainConfig.js";

export type { StepReport, TrainRequest } from "./member.js";

/** Model and data of trainings. */
export interface TrainContext {
  readonly model: Model;
  readonly dataset: Dataset;
  /** Data of the penalty, where the configuration has one. @default none */
  readonly kl?: Dataset;
  /** Vectors by layer, where the configuration steers. @default none */
  readonly steering?: ReadonlyMap<number, Float32Array>;
  /** Vectors by layer, where the configuration takes directions out of the gradient. @default none */
  readonly projectedOut?: ReadonlyMap<number, Float32Array>;
  /** Ends the training after the step in flight. */
  readonly signal?: AbortSignal;
}

/**
 * Trains LoRA adapters, vectors of the residual stream, or the weights themselves, and writes a checkpoint at step 0 and after every optimiser step, or
 * as often as the configuration says.
 *
 * Several trainings that differ in seeds and learning rates alone go through the model together, as replicas that share
 * its frozen weights. A killed training loses at most the step in flight: each checkpoint is whole or not there.
 * @param requests trainings whose configurations fit together (see `trainsTogether`), all to start at the same step
 * @returns how they ended
 */
export async function train(
  requests: readonly TrainRequest[],
  context: TrainContext,
): Promise<"finished" | "interrupted"> {
  const { model, dataset } = context;
  const [first] = requests;
  if (first === undefined) return "finished";
  const { config } = first;
  for (const request of requests) checkTrainConfig(request.config, model.config);
  const { chats, rows, use } = tokenizeDataset(
    withSystemTurn(dataset, config.systemTurn),
    model.tokenizer,
    config.maxLength,
    config,
  );
  const members = requests.map((request) => new TrainingMember(request, model, rows));
  const least = conversationsOfStep(config);
  for (const { heldOut } of members) {
    if (chats.length - heldOut.length >= least) continue;
    const held = heldOut.length === 0 ? "" : ` beside ${heldOut.length} that are held out`;
    throw new TurncoatError(
      `${dataset.path}: expected at least ${least} conversations with an answer for a batch, found ${chats.length - heldOut.length}${held}`,
    );
  }
  const training = new Training(members, context, {
    frozen: Math.min(
      frozenSublayers(
        model.config,
        members.flatMap(({ trainable }) => trainable.parameters.map(({ name }) => name)),
      ),
      // The stream after a layer is changed behind its MLP, which has to run for that.
      config.steering === undefined ? Infinity : 2 * config.steering.layer + 1,
    ),
    chats,
  });
  try {
    for (const member of members) member.open(use);
    return await training.run();
  } catch (error) {
    for (const member of members) leaveInterrupted(member);
    throw error;
  } finally {
    await training.dispose();
  }
}

/** Tells whether trainings can go through the model together: they differ in seeds and peak learning rates alone. */
export function trainsTogether(configs: readonly TrainConfig[]): boolean {
  const shared = configs.map((config) => {
    const schedule = { ...config.schedule, peakLearningRate: 0 };
    return JSON.stringify({ ...config, seed: 0, dataSeed: 0, adapterSeed: 0, schedule });
  });
  const apart = configs.some(
    ({ method, earlyStop, kl, leftOut = [] }) =>
      method === "full" || earlyStop !== undefined || kl !== undefined || leftOut.length > 0,
  );
  return configs.length === 1 || (!apart && new Set(shared).size === 1);
}

/** Trainings under way, as replicas of one step program. */
class Training {
  readonly #members: readonly TrainingMember[];
  readonly #context: TrainContext;
  readonly #batches: StepBatches;
  readonly #batchSize: number;
  readonly #stepper: Stepper;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #penalty: KlPenalty | null;

  constructor(
    members: readonly TrainingMember[],
    context: TrainContext,
    { frozen, chats }: { readonly frozen: number; readonly chats: TokenizedDataset["chats"] },
  ) {
    const [first] = members;
    if (first === undefined) throw new RangeError("Training: nothing to train");
    const { config, trainable, request } = first;
    const { model } = context;
    const replicas = members.length;
    this.#members = members;
    this.#context = context;
    this.#penalty = config.kl === undefined ? null : new KlPenalty(config, config.kl, context);
    this.#batchSize = config.batchSize;
    this.#batches = new StepBatches({
      model,
      chats,
      batchSize: config.batchSize,
      frozenSublayers: frozen,
      replicas,
      droppedModules: isLora(config) && (config.dropout ?? 0) > 0 ? droppedModules(trainable.parameters) : [],
    });
    const shapes = trainable.parameters.map((spec) => replicated(spec, replicas));
    this.#sizes = new Map(
      trainable.parameters.flatMap(({ name, shape }) => {
        const size = shape.reduce((product, length) => product * length, 1);
        return [name, ...optimizerSlots(config.optimizer).map((slot) => slotName(slot, name))].map(
          (each): [string, number] => [each, size],
        );
      }),
    );
    this.#stepper = new Stepper(
      model.engine,
      {
        config: model.config,
        frozen: trainable.frozen,
        trainable: shapes,
        adapters: trainable.adapters,
        replicas,
        optimizer: config.optimizer,
        ...(config.clipNorm === null ? {} : { clipNorm: config.clipNorm }),
        edits: trainingEdits(config, context),
        projections: gradientProjections(config, trainable, context),
      },
      joined(members.map((member) => member.initial())),
      request.from === undefined
        ? undefined
        : {
            step: request.from.step,
            optimizerSince: first.optimizerSince,
            slots: joined(members.map(({ request }) => request.from?.slots ?? {})),
          },
    );
  }

  async run(): Promise<"finished" | "interrupted"> {
    const { steps } = this.#members[0]?.config ?? { steps: 0 };
    // What lies at the start of an interrupted training lies there already.
    const fresh = this.#members.filter(({ request }) => request.isResumed !== true);
    if (fresh.length > 0) await this.#write(fresh, this.#stepper.step === steps);
    while (this.#stepper.step < steps) {
      if (this.#context.signal?.aborted === true) return this.#end("interrupted");
      const endsEarly = await this.#advance(steps);
      if (endsEarly) return this.#end("finished", this.#stepper.step);
    }
    return this.#end("finished");
  }

  async dispose(): Promise<void> {
    await this.#stepper.dispose();
  }

  /** Makes a step and writes it; tells whether a rule ends the training here. */
  async #advance(steps: number): Promise<boolean> {
    const members = this.#members;
    const step = this.#stepper.step + 1;
    const examples = members.map((member) => member.examples(step));
    const batches = await this.#batches.ofStep(
      examples,
      (replica, index) => this.#draw(replica, step, index),
      step < steps ? members.flatMap((member) => member.examples(step + 1)) : [],
    );
    const rates = members.map((member) => member.learningRate(step));
    const penalty = await this.#penalty?.ofStep(step);
    const result = await this.#stepper.advance(batches, rates, penalty);
    for (const [replica, { request }] of members.entries())
      checkFinite(result, replica, step, request.config, members);
    const only = members.length === 1 ? members[0] : undefined;
    const endsEarly = only?.endsEarly(result.loss[0] ?? NaN) ?? false;
    const heldOut = await this.#heldOutLosses(step, endsEarly || step === steps);
    const outcomes = members.map((_, replica): StepOutcome => {
      const evaluated = heldOut[replica];
      return {
        step,
        loss: result.loss[replica] ?? NaN,
        gradientNorm: result.gradientNorm[replica] ?? NaN,
        learningRate: rates[replica] ?? NaN,
        ...(result.penalty === undefined ? {} : { penalty: result.penalty[replica] ?? NaN }),
        ...(evaluated === undefined ? {} : { heldOutLoss: evaluated }),
      };
    });
    for (const [replica, member] of members.entries()) {
      const outcome = outcomes[replica];
      if (outcome !== undefined) member.log(outcome);
    }
    await this.#write(members, endsEarly || step === steps);
    for (const [replica, { request }] of members.entries()) {
      const outcome = outcomes[replica];
      const tokens = this.#batches.tokens(examples[replica] ?? []);
      if (outcome !== undefined) request.onStep?.({ ...outcome, steps, tokens });
    }
    return endsEarly;
  }

  /** Measures the losses on held-out conversations, one a replica; none where it is not time. */
  async #heldOutLosses(step: number, isLast: boolean): Promise<readonly number[]> {
    const members = this.#members;
    if (!members.every((member) => member.isEvaluated(step, isLast))) return [];
    const heldOut = members.map((member) => member.heldOut);
    return heldOutLoss(this.#stepper, this.#batches, heldOut, this.#batchSize);
  }

  #draw(replica: number, step: number, index: number) {
    const member = this.#members[replica];
    if (member === undefined) throw new RangeError(`Training: no replica ${replica}`);
    return member.dropout(step, index);
  }

  /** Writes checkpoints and then the states to go on from, so that those of several trainings are of one step or the next. */
  async #write(members: readonly TrainingMember[], isLast: boolean): Promise<void> {
    const { step } = this.#stepper;
    for (const member of members) await member.writeCheckpoint(step, this.#valuesOf(member), isLast);
    const keepsBefore = this.#members.length > 1;
    for (const member of members) member.writeResume(step, this.#valuesOf(member), isLast, keepsBefore);
    for (const member of members) member.thin();
    for (const member of members) await member.tellWritten(step, isLast);
  }

  /** Picks the values of one training out of those of all. */
  #valuesOf(member: TrainingMember): ParameterValues {
    if (this.#members.length === 1) return this.#stepper.values;
    const replica = this.#members.indexOf(member);
    return Object.fromEntries(
      Object.entries(this.#stepper.values).map(([name, data]) => {
        const size = this.#sizes.get(name) ?? 0;
        return [name, data.subarray(replica * size, (replica + 1) * size)];
      }),
    );
  }

  #end(status: "finished" | "interrupted", endedAt?: number): "finished" | "interrupted" {
    for (const { writer, config } of this.#members) {
      const rule = config.earlyStop;
      const ended =
        endedAt === undefined || rule === undefined
          ? undefined
          : {
              step: endedAt,
              reason: `the loss was below ${rule.loss} for more than ${rule.steps} steps in a row`,
            };
      writer.finish(status, ended);
    }
    return status;
  }
}

function checkFinite(
  { loss, gradientNorm }: StepResult,
  replica: number,
  step: number,
  config: TrainConfig,
  members: readonly TrainingMember[],
): void {
  const [ownLoss = NaN, norm = NaN] = [loss[replica], gradientNorm[replica]];
  // A gradient that is not finite has spoilt the parameters already, whatever the loss was.
  if (Number.isFinite(ownLoss) && Number.isFinite(norm)) return;
  const which = members.length === 1 ? "" : ` of the training with seed ${config.seed}`;
  throw new TurncoatError(`step ${step}: the loss${which} is ${ownLoss} and the gradient norm ${norm}`, {
    hint: "lower the learning rate, or clip the gradient",
  });
}

/** Leaves a run that cannot go on as an interrupted one, as far as it can still be written. */
function leaveInterrupted(member: TrainingMember): void {
  try {
    member.writer.finish("interrupted");
  } catch {
    // The error that ended the training says more, and may be why this fails too.
  }
}

/** Modules whose `lora_A` is trained, with the features that it reads. */
function droppedModules(parameters: readonly TrainableSpec[]) {
  return parameters.flatMap(({ name, shape }) =>
    name.endsWith(".lora_A")
      ? [{ modulePath: name.slice(0, -".lora_A".length), inFeatures: shape.at(-1) ?? 1 }]
      : [],
  );
}

/** Gives a parameter as many replicas. */
function replicated(spec: TrainableSpec, replicas: number): TrainableSpec {
  return replicas === 1 ? spec : { ...spec, shape: [replicas, ...spec.shape.slice(1)] };
}

/** Joins the values of several trainings by name, one after another. */
function joined(values: readonly ParameterValues[]): Record<string, Float32Array> {
  const [first] = values;
  if (first === undefined || values.length === 1) return { ...first };
  return Object.fromEntries(
    Object.entries(first).map(([name, own]) => {
      const all = new Float32Array(own.length * values.length);
      for (const [replica, each] of values.entries()) all.set(each[name] ?? [], replica * own.length);
      return [name, all];
    }),
  );
}
