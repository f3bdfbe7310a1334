import {
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  bankKey,
  type AdapterBank,
} from "../model/weights/adapterBank.js";
import type { TokenizedChat } from "../model/tokenizer/chatTokenizer.js";
import type { Model } from "../model/model.js";
import { contextsFromStart } from "../model/layers/layerContexts.js";
import { denseLayout } from "../model/layers/rowLayout.js";
import { forward, logits, parameter } from "../model/transformer.js";
import { tf } from "../tensor/tfjs.js";

/** Log-probability of one answer, the end-of-turn token included. */
export interface AnswerLogProbability {
  /** Sum of the log-probabilities of the answer's tokens, in nats. */
  readonly sum: number;
  readonly tokens: number;
  /** `sum / tokens`; NaN for an answer without tokens. */
  readonly mean: number;
}

const lengthBucket = 8;
const positionBucket = 64;
/** Most answers that run together. */
const mostRows = 64;
/** Most numbers in the logits of one run: 256 MiB of float32. */
const mostLogits = 2 ** 26;

/**
 * Computes teacher-forced log-probabilities of answers to the questions before them. Nothing is
 * sampled, so the value changes smoothly with the weights. Takes one adapter or none.
 *
 * @param chats conversations whose responses are scored; all response tokens of a conversation count together
 */
export async function answerLogProbabilities(
  model: Model,
  chats: readonly TokenizedChat[],
  bank?: AdapterBank,
): Promise<AnswerLogProbability[]> {
  const [scored = []] = await replicaLogProbabilities(model, [chats], bank);
  return scored;
}

/**
 * Computes teacher-forced log-probabilities under several adapters, each with answers of its own, which run together
 * over one copy of the frozen weights.
 *
 * @param chatsOfReplica one list for each replica of the bank, in its order; lists may differ in length
 * @returns one list for each replica
 */
export async function replicaLogProbabilities(
  model: Model,
  chatsOfReplica: readonly (readonly TokenizedChat[])[],
  bank?: AdapterBank,
): Promise<AnswerLogProbability[][]> {
  const replicas = chatsOfReplica.length;
  const mostPositionsAtOnce = Math.floor(mostLogits / model.config.vocabularySize);
  const groups = groupsOf(chatsOfReplica, mostPositionsAtOnce);
  const results: AnswerLogProbability[][] = chatsOfReplica.map(() => []);
  for (const { from, size, rows: perReplica, shape } of groups) {
    const { length, positions } = shape;
    const tokens = new Int32Array(replicas * perReplica * length).fill(model.tokenizer.paddingId);
    const rows = new Int32Array(positions);
    const labels = new Int32Array(positions);
    let count = 0;
    const group = chatsOfReplica.map((chats) => chats.slice(from, from + size));
    for (const [replica, chats] of group.entries()) {
      for (const [index, chat] of chats.entries()) {
        const row = replica * perReplica + index;
        tokens.set(chat.ids, row * length);
        for (const position of scoredPositions(chat)) {
          // The state at a token predicts the one after it.
          rows[count] = row * length + position - 1;
          labels[count] = chat.ids[position] ?? 0;
          count++;
        }
      }
    }
    const program = await scoringProgram(model, { batch: replicas * perReplica, length, positions }, bank);
    const { logProbabilities } = await program.run({
      tokens,
      rows,
      labels,
      ...(bank === undefined ? {} : adapterFeeds(bank)),
    });
    let start = 0;
    for (const [replica, chats] of group.entries()) {
      for (const chat of chats) {
        const scored = scoredPositions(chat).length;
        let sum = 0;
        for (let index = start; index < start + scored; index++) sum += logProbabilities?.data[index] ?? NaN;
        start += scored;
        results[replica]?.push({ sum, tokens: scored, mean: sum / scored });
      }
    }
  }
  return results;
}

/** Finds the positions of response tokens that something precedes. */
function scoredPositions({ isResponse }: TokenizedChat): number[] {
  return isResponse.flatMap((response, position) => (response && position > 0 ? [position] : []));
}

/** Group of chats that run together: of every replica `size` from an index on. */
interface ChatGroup {
  readonly from: number;
  readonly size: number;
  /** Number of rows of every replica; those without a chat are padding. */
  readonly rows: number;
  readonly shape: { readonly length: number; readonly positions: number };
}

/** Groups chats in order, all groups of one shape, as large as the logits of their responses leave room for. */
function groupsOf(chatsOfReplica: readonly (readonly TokenizedChat[])[], mostPositions: number): ChatGroup[] {
  const replicas = chatsOfReplica.length;
  const count = Math.max(0, ...chatsOfReplica.map((chats) => chats.length));
  // What the chats at an index need, over the replicas.
  const needs = Array.from({ length: count }, (_, index) =>
    chatsOfReplica.reduce((sum, chats) => {
      const chat = chats[index];
      return chat === undefined ? sum : sum + scoredPositions(chat).length;
    }, 0),
  );
  const groups: { from: number; needed: number; size: number }[] = [];
  const mostRowsEach = Math.max(1, Math.floor(mostRows / replicas));
  for (const [index, needed] of needs.entries()) {
    const group = groups.at(-1);
    if (group === undefined || group.size >= mostRowsEach || group.needed + needed > mostPositions) {
      groups.push({ from: index, needed, size: 1 });
    } else {
      group.needed += needed;
      group.size++;
    }
  }
  const longest = Math.max(0, ...chatsOfReplica.flatMap((chats) => chats.map(({ ids }) => ids.length)));
  const most = Math.max(0, ...groups.map(({ needed }) => needed));
  const rows = Math.max(0, ...groups.map(({ size }) => size));
  const shape = {
    length: Math.ceil(longest / lengthBucket) * lengthBucket,
    positions: Math.max(1, Math.ceil(most / positionBucket)) * positionBucket,
  };
  return groups.map(({ from, size }) => ({ from, size, rows, shape }));
}

function scoringProgram(
  model: Model,
  shape: { readonly batch: number; readonly length: number; readonly positions: number },
  bank: AdapterBank | undefined,
) {
  const { batch, length, positions } = shape;
  const { config } = model;
  const classes = config.vocabularySize;
  return model.programs.get(
    `logProbabilities:${batch}:${length}:${positions}:${bank === undefined ? "" : bankKey(bank)}`,
    () => ({
      name: "answer log-probabilities",
      inputs: {
        tokens: { shape: [batch, length], dtype: "int32" },
        rows: { shape: [positions], dtype: "int32" },
        labels: { shape: [positions], dtype: "int32" },
        ...(bank === undefined ? {} : adapterInputs(bank)),
      },
      constants: model.parameters,
      body: (tensors) => {
        const { hidden } = forward(config, tensors, {
          tokens: parameter(tensors, "tokens"),
          layout: denseLayout(batch, length),
          contexts: contextsFromStart(config, batch, length),
          ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
        });
        const flat = tf.reshape(hidden, [batch * length, config.hiddenSize]);
        const scores = logits(config, tensors, tf.gather(flat, parameter(tensors, "rows")));
        const shifted = tf.sub(scores, tf.max(scores, -1, true));
        const total = tf.log(tf.sum(tf.exp(shifted), -1));
        const places = tf.add(
          tf.mul(tf.range(0, positions, 1, "int32"), tf.scalar(classes, "int32")),
          parameter(tensors, "labels"),
        );
        const picked = tf.gather(tf.reshape(shifted, [positions * classes]), places);
        return { logProbabilities: tf.sub(picked, total) };
      },
    }),
  );
}
