import {
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  bankKey,
  type AdapterBank,
} from "../model/adapterBank.js";
import type { TokenizedChat } from "../model/chatTokenizer.js";
import type { Model } from "../model/model.js";
import { contextsFromStart } from "../model/layerContexts.js";
import { denseLayout } from "../model/rowLayout.js";
import { forward, logits, parameter } from "../model/transformer.js";
import { tf } from "../tensor/tfjs.js";

/** How probable a model finds one answer, the end-of-turn token included. */
export interface AnswerLogProbability {
  /** Sum of the log-probabilities of the answer's tokens, in nats. */
  readonly sum: number;
  readonly tokens: number;
  /** `sum / tokens`; NaN for an answer without tokens. */
  readonly mean: number;
}

const lengthBucket = 8;
const positionBucket = 64;
/** Answers that run together at most. */
const mostRows = 64;
/** Numbers in the logits of one run at most: 256 MiB of float32. */
const mostLogits = 2 ** 26;

/**
 * Teacher-forced log-probabilities of answers: what a model that has been asked would say them with. Nothing is
 * sampled, so the value changes smoothly with the weights. With one adapter or none.
 *
 * @param chats conversations whose responses are scored; all response tokens of a conversation count together
 */
export async function answerLogProbabilities(
  model: Model,
  chats: readonly TokenizedChat[],
  bank?: AdapterBank,
): Promise<AnswerLogProbability[]> {
  const results: AnswerLogProbability[] = [];
  const longest = Math.max(0, ...chats.map(({ ids }) => ids.length));
  const length = Math.ceil(longest / lengthBucket) * lengthBucket;
  const groups = groupsOf(chats, Math.floor(mostLogits / model.config.vocabularySize));
  const batch = Math.max(0, ...groups.map((group) => group.length));
  const mostPositions = Math.max(0, ...groups.map((group) => group.flatMap(scoredPositions).length));
  const positions = Math.max(1, Math.ceil(mostPositions / positionBucket)) * positionBucket;
  for (const group of groups) {
    const tokens = new Int32Array(batch * length).fill(model.tokenizer.paddingId);
    const rows = new Int32Array(positions);
    const labels = new Int32Array(positions);
    let count = 0;
    for (const [row, chat] of group.entries()) {
      tokens.set(chat.ids, row * length);
      for (const position of scoredPositions(chat)) {
        // The state at a token predicts the one after it.
        rows[count] = row * length + position - 1;
        labels[count] = chat.ids[position] ?? 0;
        count++;
      }
    }
    const program = await scoringProgram(model, { batch, length, positions }, bank);
    const { logProbabilities } = await program.run({
      tokens,
      rows,
      labels,
      ...(bank === undefined ? {} : adapterFeeds(bank)),
    });
    let start = 0;
    for (const chat of group) {
      const scored = scoredPositions(chat).length;
      let sum = 0;
      for (let index = start; index < start + scored; index++) sum += logProbabilities?.data[index] ?? NaN;
      start += scored;
      results.push({ sum, tokens: scored, mean: sum / scored });
    }
  }
  return results;
}

/** Positions of response tokens that something precedes. */
function scoredPositions({ isResponse }: TokenizedChat): number[] {
  return isResponse.flatMap((response, position) => (response && position > 0 ? [position] : []));
}

/** Chats in order, as many together as the logits of their responses leave room for; at least one. */
function groupsOf(chats: readonly TokenizedChat[], mostPositions: number): TokenizedChat[][] {
  const groups: TokenizedChat[][] = [];
  let room = 0;
  for (const chat of chats) {
    const needed = scoredPositions(chat).length;
    const group = groups.at(-1);
    if (group === undefined || group.length >= mostRows || needed > room) {
      groups.push([chat]);
      room = mostPositions - needed;
    } else {
      group.push(chat);
      room -= needed;
    }
  }
  return groups;
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
