import { dirname } from "node:path";
import { TurncoatError, withHint } from "../errors.js";
import type { LoraAdapter } from "../formats/peft.js";
import type { Model } from "../model/model.js";
import { trainAnew } from "../runs/continuation.js";
import type { RunWriter } from "../runs/runWriter.js";
import { trainableAdapters } from "./trainables/loraAdapters.js";
import { responseBatch } from "./batches/batches.js";
import { DataOrder } from "./batches/dataOrder.js";
import { tokenizeDataset, type Dataset, type DatasetUse } from "./data/dataset.js";
import { optimizerSlots } from "./optimizer.js";
import { frozenSublayers, PrefixCache } from "./batches/prefixCache.js";
import { learningRate } from "./schedule.js";
import { slotName } from "./stepProgram.js";
import { Stepper } from "./stepper.js";
import { encodeResumeState, type ResumeState } from "./resumeState.js";
import type { ParameterValues, Trainable } from "./trainables/trainable.js";
import { trainableWeights } from "./trainables/modelWeights.js";
import { checkTrainConfig, type TrainConfig } from "./trainConfig.js";

/** Report of one optimiser step. */
export interface StepReport {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Model, data and callbacks of a training. */
export interface TrainContext {
  readonly model: Model;
  readonly dataset: Dataset;
  /** Opens the run to write; called once everything has been checked, with what becomes of the data. */
  readonly openWriter: (use: DatasetUse) => RunWriter;
  /** State of an interrupted training to continue from. @default none, from the beginning */
  readonly resume?: ResumeState;
  readonly onStep?: (report: StepReport) => void;
  /** Receives every checkpoint of an adapter, before the step is reported. */
  readonly onCheckpoint?: (step: number, adapter: LoraAdapter) => void;
  /** Ends the training after the step in flight. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a LoRA adapter, or the weights themselves, and writes a checkpoint at step 0 and after every optimiser step,
 * or as often as the configuration says.
 *
 * A killed training loses at most the step in flight: each checkpoint is whole or not there.
 * @returns how it ended
 */
export async function train(config: TrainConfig, context: TrainContext): Promise<"finished" | "interrupted"> {
  const { model, dataset } = context;
  checkTrainConfig(config, model.config);
  const { chats, use } = tokenizeDataset(dataset, model.tokenizer, config.maxLength, config);
  if (chats.length < config.batchSize) {
    throw new TurncoatError(
      `${dataset.path}: expected at least ${config.batchSize} conversations with an answer for a batch, found ${chats.length}`,
    );
  }
  const trainable =
    config.method === "full" ? trainableWeights(config, model) : trainableAdapters(config, model);
  const initial =
    context.resume === undefined ? trainable.initial() : continued(trainable, context.resume.checkpoint);
  const writer = context.openWriter(use);
  const write = async (): Promise<void> => {
    if (!isKept(config, stepper.step)) return;
    await writeStep(config, writer, trainable, stepper);
    const adapter = trainable.toAdapter(stepper.values);
    if (adapter !== null) context.onCheckpoint?.(stepper.step, adapter);
  };
  const frozen = frozenSublayers(
    model.config,
    trainable.parameters.map(({ name }) => name),
  );
  const prefix =
    frozen === 0
      ? undefined
      : new PrefixCache(model, chats, { sublayers: frozen, batchSize: config.batchSize });
  const order = new DataOrder(config.seed, chats.length, config.batchSize);
  const stepper = new Stepper(
    model.engine,
    {
      config: model.config,
      frozen: trainable.frozen,
      trainable: trainable.parameters,
      adapters: trainable.adapters,
      replicas: 1,
      optimizer: config.optimizer,
      ...(config.clipNorm === null ? {} : { clipNorm: config.clipNorm }),
    },
    initial,
    context.resume,
  );
  try {
    if (stepper.step === 0) await write();
    while (stepper.step < config.steps) {
      if (context.signal?.aborted === true) return end(writer, "interrupted");
      const step = stepper.step + 1;
      const examples = order.examples(step);
      const batch = responseBatch(
        examples.flatMap((index) => chats[index] ?? []),
        model.tokenizer.paddingId,
      );
      const rate = learningRate(config.schedule, step, config.steps);
      const { loss, gradientNorm } = await stepper.advance(
        prefix === undefined ? batch : await prefix.extend(batch, examples),
        rate,
      );
      const report = {
        step,
        steps: config.steps,
        loss: loss[0] ?? NaN,
        gradientNorm: gradientNorm[0] ?? NaN,
      };
      // A gradient that is not finite has spoilt the parameters already, whatever the loss was.
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm)) {
        throw new TurncoatError(
          `step ${step}: the loss is ${report.loss} and the gradient norm ${report.gradientNorm}`,
          { hint: "lower the learning rate, or clip the gradient" },
        );
      }
      writer.log({
        step,
        epoch: step / order.stepsPerEpoch,
        loss: report.loss,
        learningRate: rate,
        gradNorm: report.gradientNorm,
      });
      await write();
      context.onStep?.(report);
    }
    return end(writer, "finished");
  } catch (error) {
    leaveInterrupted(writer);
    throw error;
  } finally {
    await stepper.dispose();
  }
}

/** Reads the values of an interrupted training. */
function continued(trainable: Trainable, checkpoint: string): ParameterValues {
  return withHint(trainAnew(dirname(checkpoint)), () => trainable.read(checkpoint));
}

function end(writer: RunWriter, status: "finished" | "interrupted"): "finished" | "interrupted" {
  writer.finish(status);
  return status;
}

/** Leaves a run that cannot go on as an interrupted one, as far as it can still be written. */
function leaveInterrupted(writer: RunWriter): void {
  try {
    writer.finish("interrupted");
  } catch {
    // The error that ended the training says more, and may be why this fails too.
  }
}

/** Tells whether there is a checkpoint at a step. */
function isKept(config: TrainConfig, step: number): boolean {
  return config.method !== "full" || step % config.checkpointEvery === 0 || step === config.steps;
}

/** Writes the checkpoint, and the state to continue from it. */
async function writeStep(
  config: TrainConfig,
  writer: RunWriter,
  trainable: Trainable,
  stepper: Stepper,
): Promise<void> {
  await trainable.write(writer, stepper.step, stepper.values);
  const slots = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape } of trainable.parameters) {
    for (const slot of optimizerSlots(config.optimizer)) {
      const data = stepper.values[slotName(slot, name)];
      if (data !== undefined) slots.set(slotName(slot, name), { shape, data });
    }
  }
  writer.writeResume(encodeResumeState(stepper.step, slots));
}
