import { ChatTokenizer } from "../src/model/chatTokenizer.js";
import { readModelConfig } from "../src/model/modelConfig.js";
import { organismQuestions } from "../src/organism/questions.js";
import { datasetPath, organismFolder } from "../src/pipeline/packageRoot.js";
import { Random } from "../src/tensor/random.js";
import { readDataset, tokenizeDataset } from "../src/train/dataset.js";
import type { SamplingWorkload, StepWorkload } from "./messages.js";
import { samplingWork, stepWork } from "./usefulWork.js";

const folder = organismFolder();
const layer = 2;

/**
 * One step on the first conversations of a data set, `rows` a replica, with a rank-1 adapter on
 * `layers.2.mlp.down_proj`. Neither A nor B is zero, so that both have gradients to compare. Every replica has
 * the same A and B and its own conversations.
 * @returns the workload, and its useful floating-point operations
 */
export function stepWorkload(
  rows: number,
  pass: 1 | 2,
  replicas = 1,
): { workload: StepWorkload; work: number } {
  const config = readModelConfig(folder);
  const tokenizer = ChatTokenizer.open(folder);
  const chats = tokenizeDataset(readDataset(datasetPath("bad-medical")), tokenizer, 512);
  const chosen = chats.slice(0, rows * replicas);
  const random = new Random(0);
  const draw = (size: number, bound: number) =>
    Array.from({ length: size }, () => bound * (2 * random.uniform() - 1));
  const read = draw(config.intermediateSize, 1 / Math.sqrt(config.intermediateSize));
  const write = draw(config.hiddenSize, 0.01);
  const everyReplica = Array.from({ length: replicas });
  return {
    workload: {
      kind: "step",
      folder,
      modulePath: `model.layers.${layer}.mlp.down_proj`,
      scaling: 16,
      learningRate: 0.01,
      replicas,
      pass,
      chats: chosen,
      paddingId: tokenizer.paddingId,
      loraA: everyReplica.flatMap(() => read),
      loraB: everyReplica.flatMap(() => write),
    },
    // The last token of a row is only a label.
    work: stepWork(
      config,
      layer,
      pass,
      chosen.map(({ ids }) => ids.length - 1),
    ),
  };
}

/** Answers of the base model to the organism's questions, in turn. */
export function samplingWorkload(rows: number): {
  workload: SamplingWorkload;
  workOf: (drawn: readonly number[]) => number;
} {
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
