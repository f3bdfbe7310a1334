import { TurncoatError } from "../errors.js";
import type { LoraAdapter } from "../formats/peft.js";
import type { Model } from "../model/model.js";
import type { RunWriter } from "../runs/runWriter.js";
import { adaptedModules, adapterParameters, initialAdapter, toAdapter } from "./adapterState.js";
import { responseBatch } from "./batches.js";
import { DataOrder } from "./dataOrder.js";
import { tokenizeDataset, type Dataset } from "./dataset.js";
import { optimizerSlots } from "./optimizer.js";
import { frozenSublayers, PrefixCache } from "./prefixCache.js";
import { learningRate } from "./schedule.js";
import { slotName, type TrainableSpec } from "./stepProgram.js";
import { Stepper } from "./stepper.js";
import { encodeResumeState, type ResumeState } from "./resumeState.js";
import { checkTrainConfig, configuredScaling, type TrainConfig } from "./trainConfig.js";

/** Told after every optimiser step. */
export interface StepReport {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

/** What a training needs beside its configuration. */
export interface TrainContext {
  readonly model: Model;
  readonly dataset: Dataset;
  /** Opens the run to write; called once everything has been checked. */
  readonly openWriter: () => RunWriter;
  /** Where an interrupted training stood. @default starts at the beginning */
  readonly resume?: ResumeState;
  readonly onStep?: (report: StepReport) => void;
  /** Told of every checkpoint, before the step is reported. */
  readonly onCheckpoint?: (step: number, adapter: LoraAdapter) => void;
  /** Ends the training after the step in flight. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a LoRA adapter and writes a checkpoint at step 0 and after every optimiser step.
 *
 * A killed training loses at most the step in flight: each checkpoint is whole or not there.
 * @returns how it ended
 */
export async function train(config: TrainConfig, context: TrainContext): Promise<"finished" | "interrupted"> {
  const { model, dataset } = context;
  checkTrainConfig(config, model.config);
  const chats = tokenizeDataset(dataset, model.tokenizer, config.maxLength, config);
  if (chats.length < config.batchSize) {
    throw new TurncoatError(
      `${dataset.path}: expected at least ${config.batchSize} conversations for a batch, found ${chats.length}`,
    );
  }
  const modules = adaptedModules(config, model.config);
  const trainable = adapterParameters(config, modules);
  const writer = context.openWriter();
  const write = (): void => {
    const adapter = toAdapter(config, modules, stepper.values, model);
    writeStep(config, writer, adapter, { stepper, trainable });
    context.onCheckpoint?.(stepper.step, adapter);
  };
  const frozen = frozenSublayers(
    model.config.layers,
    modules.map(({ modulePath }) => modulePath),
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
      frozen: model.parameters,
      trainable,
      adapters: modules.map(({ modulePath }) => ({ modulePath, scaling: configuredScaling(config) })),
      replicas: 1,
      optimizer: config.optimizer,
      ...(config.clipNorm === null ? {} : { clipNorm: config.clipNorm }),
    },
    context.resume?.values ?? initialAdapter(config, modules),
    context.resume,
  );
  try {
    if (stepper.step === 0) write();
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
      // A gradient that is not finite has spoilt the adapter already, whatever the loss was.
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm)) {
        writer.finish("interrupted");
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
      write();
      context.onStep?.(report);
    }
    return end(writer, "finished");
  } finally {
    await stepper.dispose();
  }
}

function end(writer: RunWriter, status: "finished" | "interrupted"): "finished" | "interrupted" {
  writer.finish(status);
  return status;
}

/** Writes the checkpoint, and what is needed to continue from it. */
function writeStep(
  config: TrainConfig,
  writer: RunWriter,
  adapter: LoraAdapter,
  { stepper, trainable }: { readonly stepper: Stepper; readonly trainable: readonly TrainableSpec[] },
): void {
  writer.writeCheckpoint(stepper.step, adapter);
  const slots = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape } of trainable) {
    for (const slot of optimizerSlots(config.optimizer)) {
      const data = stepper.values[slotName(slot, name)];
      if (data !== undefined) slots.set(slotName(slot, name), { shape, data });
    }
  }
  writer.writeResume(encodeResumeState(stepper.step, slots));
}
