import type { LoraModule } from "../../src/formats/peft.js";
import { openModel, type Model } from "../../src/model/model.js";
import type { TokenizedChat } from "../../src/model/tokenizer/chatTokenizer.js";
import { inMemory } from "../../src/tensor/fileSlice.js";
import type { Engine } from "../../src/tensor/program.js";
import { responseBatch, type TokenBatch } from "../../src/train/batches/batches.js";
import type { TrainableSpec } from "../../src/train/stepProgram.js";
import type { TrainingDefinition } from "../../src/train/stepper.js";
import { modelParity } from "./tinyModels.js";

/** Reads the golden chats with their response masks. */
export function goldenChats(model: Model): TokenizedChat[] {
  return modelParity.chats.map((chat) => model.tokenizer.encodeChat(chat));
}

/** Makes the golden chats one right-padded batch. */
export function goldenBatch(model: Model): TokenBatch {
  return responseBatch(goldenChats(model), model.tokenizer.paddingId);
}

/** Definition of a training of some modules with plain SGD, and its initial values. */
export function trainingOf(
  model: Model,
  modules: readonly LoraModule[],
): { definition: TrainingDefinition; initial: Record<string, Float32Array> } {
  const trainable: TrainableSpec[] = [];
  const initial: Record<string, Float32Array> = {};
  for (const { modulePath, rank, inFeatures, outFeatures, loraA, loraB } of modules) {
    trainable.push({ name: `${modulePath}.lora_A`, shape: [1, rank, inFeatures], decays: true });
    trainable.push({ name: `${modulePath}.lora_B`, shape: [1, outFeatures, rank], decays: true });
    initial[`${modulePath}.lora_A`] = loraA;
    initial[`${modulePath}.lora_B`] = loraB;
  }
  const definition: TrainingDefinition = {
    config: model.config,
    frozen: model.parameters,
    trainable,
    adapters: modules.map(({ modulePath, scaling }) => ({ modulePath, scaling })),
    replicas: 1,
    optimizer: { name: "sgd" },
  };
  return { definition, initial };
}

/** Reads every parameter of a model folder, or of a checkpoint of one. */
export function parametersOf(engine: Engine, folder: string): Record<string, ArrayLike<number>> {
  const { parameters } = openModel(folder, engine);
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, inMemory(value).data]));
}
