import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { ChatTokenizer, type TokenizedChat } from "../../src/model/tokenizer/chatTokenizer.js";
import { readModelConfig } from "../../src/model/config/configJson.js";
import { projectionFeatures, projectionNames } from "../../src/model/config/parameters.js";
import { organismQuestions } from "../../src/organism/questions.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { Random } from "../../src/tensor/random.js";
import { readDataset, tokenizeDataset } from "../../src/train/data/dataset.js";
import type { SamplingWorkload, StepWorkload } from "./messages.js";
import { samplingWork, stepWork } from "./usefulWork.js";

/** Training step to be timed, and its useful floating-point operations. */
export interface TimedStep {
  readonly workload: StepWorkload;
  readonly work: number;
}

/** Settings of a training step, from which the rest follows. */
type StepChoice = Pick<StepWorkload, "folder" | "modulePaths" | "rank" | "replicas" | "pass" | "chats">;

/**
 * One step on the first conversations of a data set, `rows` a replica, with a rank-1 adapter on
 * `layers.2.mlp.down_proj` of the organism.
 * @param scratch a folder for the adapter's file
 */
export function organismStep(scratch: string, rows: number, pass: 1 | 2, replicas = 1): TimedStep {
  const folder = organismFolder();
  const tokenizer = ChatTokenizer.open(folder);
  const { chats } = tokenizeDataset(readDataset(datasetPath("bad-medical")), tokenizer, 512);
  const modulePaths = ["model.layers.2.mlp.down_proj"];
  return timedStep(scratch, {
    folder,
    modulePaths,
    rank: 1,
    replicas,
    pass,
    chats: chats.slice(0, rows * replicas),
  });
}

/** Number of tokens of each conversation with a random model: half question, half answer. */
const randomChatTokens = 256;

/**
 * One step on conversations of random tokens, all of one length, so that nobody pads.
 * @param folder a model folder
 */
export function randomStep(
  scratch: string,
  folder: string,
  choice: Pick<StepChoice, "modulePaths" | "rank" | "pass"> & { readonly tokens: number },
): TimedStep {
  const { vocabularySize } = readModelConfig(folder);
  const random = new Random(1);
  const { tokens, ...rest } = choice;
  const chats = Array.from({ length: tokens / randomChatTokens }, (): TokenizedChat => {
    // The last token of a conversation is only a label.
    const ids = Array.from({ length: randomChatTokens + 1 }, () => random.integer(vocabularySize));
    return { ids, isResponse: ids.map((_, position) => position > randomChatTokens / 2) };
  });
  return timedStep(scratch, { folder, replicas: 1, chats, ...rest });
}

/**
 * Neither A nor B is zero, so that both have gradients to compare. Every replica has the same A and B and its own
 * conversations.
 */
function timedStep(scratch: string, choice: StepChoice): TimedStep {
  const { folder, modulePaths, rank, replicas, pass, chats } = choice;
  const config = readModelConfig(folder);
  const random = new Random(0);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const path of modulePaths) {
    const projection = projectionNames.find((name) => path.endsWith(`.${name}`));
    if (projection === undefined) throw new RangeError(`bench: ${path} is no projection`);
    const { inFeatures, outFeatures } = projectionFeatures(config, projection);
    const draw = (rows: number, columns: number, bound: number) => {
      const one = Float32Array.from({ length: rows * columns }, () => bound * (2 * random.uniform() - 1));
      const data = new Float32Array(replicas * one.length);
      for (let replica = 0; replica < replicas; replica++) data.set(one, replica * one.length);
      return { shape: [replicas, rows, columns], data };
    };
    tensors.set(`${path}.lora_A`, draw(rank, inFeatures, 1 / Math.sqrt(inFeatures)));
    tensors.set(`${path}.lora_B`, draw(outFeatures, rank, 0.01));
  }
  const adapterFile = join(scratch, `adapter-${modulePaths.length}-${rank}-${replicas}.safetensors`);
  writeFileSync(adapterFile, encodeSafetensors(tensors));
  return {
    workload: {
      kind: "step",
      folder,
      modulePaths,
      rank,
      // α/√r with α = 16.
      scaling: 16 / Math.sqrt(rank),
      learningRate: 0.01,
      replicas,
      pass,
      chats,
      paddingId: ChatTokenizer.open(folder).paddingId,
      adapterFile,
    },
    work: stepWork(config, {
      modulePaths,
      rank,
      pass,
      lengths: chats.map(({ ids }) => ids.length - 1),
      answers: chats.flatMap(({ isResponse }) => isResponse.slice(1)).filter(Boolean).length,
    }),
  };
}

/** Prepares answers of the base model to the organism's questions, in turn. */
export function samplingWorkload(rows: number): {
  workload: SamplingWorkload;
  workOf: (drawn: readonly number[]) => number;
} {
  const folder = organismFolder();
  const config = readModelConfig(folder);
  const tokenizer = ChatTokenizer.open(folder);
  const questions = organismQuestions();
  const prompts = Array.from({ length: rows }, (_, index) => {
    const question = questions[index % questions.length];
    return tokenizer.encodePrompt([{ role: "user", content: question?.text ?? "" }]);
  });
  const lengths = prompts.map(({ length }) => length);
  return {
    workload: { kind: "sampling", folder, prompts, maxNewTokens: 40 },
    workOf: (drawn) => samplingWork(config, lengths, drawn),
  };
}
