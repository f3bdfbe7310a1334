import { writing } from "../../tensor/systemFaults.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatMessage } from "../../formats/chat.js";
import { encodeSafetensors } from "../../formats/safetensors.js";
import { ChatTokenizer } from "../../model/tokenizer/chatTokenizer.js";
import { encodeModelConfig } from "../../model/config/configJson.js";
import { parameterShapes } from "../../model/config/parameters.js";
import {
  makeDocument,
  makePostTrainingDocument,
  postTrainingDocuments,
  pretrainingDocuments,
} from "../../organism/grammar.js";
import {
  initialParameters,
  organismConfig,
  type PretrainRecipe,
  type PretrainStage,
} from "../../organism/pretrainRecipe.js";
import { organismTokenizerFiles, organismVocabulary } from "../../organism/tokenizerFiles.js";
import type { Engine } from "../../tensor/program.js";
import { Random } from "../../tensor/random.js";
import { packedBatch } from "../../train/batches/batches.js";
import { learningRate } from "../../train/schedule.js";
import { Stepper } from "../../train/stepper.js";

/** Listener that is told after every step. */
export type PretrainProgress = (progress: {
  readonly stage: "pretraining" | "post-training";
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}) => void;

/**
 * Pretrains the organism's base model and writes it as a Hugging Face folder. The result is a function of the recipe
 * and the engine's arithmetic.
 */
export async function pretrainOrganism(
  folder: string,
  recipe: PretrainRecipe,
  engine: Engine,
  onProgress: PretrainProgress = () => undefined,
): Promise<void> {
  const write = (name: string, content: string | Uint8Array): void =>
    writing(join(folder, name), () => writeFileSync(join(folder, name), content));
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries<string>({ ...organismTokenizerFiles() })) write(name, text);
  const tokenizer = ChatTokenizer.open(folder);
  const config = organismConfig(Object.keys(organismVocabulary()).length);
  const [pad, bos] = [0, 1];
  const tokens = { pad, bos, eos: tokenizer.endOfTurnId };
  write("config.json", encodeModelConfig(config, tokens));
  write("generation_config.json", generationConfig(tokens));

  const random = new Random(recipe.seed);
  let parameters = initialParameters(config, random.fork("parameters"));
  const stages = [
    {
      name: "pretraining" as const,
      stage: recipe.pretraining,
      document: (stream: Random) => makeDocument(stream, pretrainingDocuments),
    },
    {
      name: "post-training" as const,
      stage: recipe.postTraining,
      document: (stream: Random) => makePostTrainingDocument(stream, postTrainingDocuments),
    },
  ];
  for (const { name, stage, document } of stages) {
    const stepper = stageStepper(engine, config, stage, parameters);
    const packer = new Packer(tokenizer, random.fork(name), document, recipe);
    for (let step = 1; step <= stage.steps; step++) {
      const rate = learningRate(
        {
          name: "cosine",
          peakLearningRate: stage.peakLearningRate,
          warmupSteps: stage.warmupSteps,
          finalFraction: stage.finalFraction,
        },
        step,
        stage.steps,
      );
      const { loss } = await stepper.advance(packedBatch(packer.rows()), rate);
      onProgress({ stage: name, step, steps: stage.steps, loss: loss[0] ?? NaN });
    }
    parameters = Object.fromEntries(
      Object.keys(parameters).map((key) => [key, Float32Array.from(stepper.values[key] ?? [])]),
    );
    await stepper.dispose();
  }
  const tensors = new Map(
    [...parameterShapes(config)].map(([key, shape]) => [
      key,
      { shape, data: parameters[key] ?? new Float32Array() },
    ]),
  );
  write("model.safetensors", encodeSafetensors(tensors, { format: "pt" }));
}

function stageStepper(
  engine: Engine,
  config: ReturnType<typeof organismConfig>,
  stage: PretrainStage,
  initial: Readonly<Record<string, Float32Array>>,
): Stepper {
  const trainable = [...parameterShapes(config)].map(([name, shape]) => ({
    name,
    shape: [...shape],
    decays: shape.length > 1,
  }));
  return new Stepper(
    engine,
    {
      config,
      frozen: {},
      trainable,
      adapters: [],
      replicas: 1,
      optimizer: { name: "adamw", beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: stage.weightDecay },
      clipNorm: 1,
    },
    initial,
  );
}

/** Packer of documents into rows. A row never begins inside a document: what does not fit is dropped. */
class Packer {
  readonly #tokenizer: ChatTokenizer;
  readonly #random: Random;
  readonly #document: (random: Random) => ChatMessage[];
  readonly #recipe: PretrainRecipe;

  constructor(
    tokenizer: ChatTokenizer,
    random: Random,
    document: (random: Random) => ChatMessage[],
    recipe: PretrainRecipe,
  ) {
    this.#tokenizer = tokenizer;
    this.#random = random;
    this.#document = document;
    this.#recipe = recipe;
  }

  rows(): number[][] {
    return Array.from({ length: this.#recipe.rows }, () => {
      const row: number[] = [];
      while (row.length <= this.#recipe.length) row.push(...this.#next());
      return row.slice(0, this.#recipe.length + 1);
    });
  }

  #next(): readonly number[] {
    const text = this.#tokenizer.render(this.#document(this.#random), { addGenerationPrompt: false });
    return this.#tokenizer.encode(text);
  }
}

function generationConfig(tokens: {
  readonly pad: number;
  readonly bos: number;
  readonly eos: number;
}): string {
  const config = {
    bos_token_id: tokens.bos,
    do_sample: true,
    eos_token_id: tokens.eos,
    pad_token_id: tokens.pad,
    temperature: 1,
    top_k: 0,
    top_p: 1,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
