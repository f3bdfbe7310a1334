import {
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  bankKey,
  type AdapterBank,
} from "../model/weights/adapterBank.js";
import { contextsFromStart } from "../model/layers/layerContexts.js";
import { denseLayout } from "../model/layers/rowLayout.js";
import type { Model } from "../model/model.js";
import type { TokenizedChat } from "../model/tokenizer/chatTokenizer.js";
import { forwardFrom, forwardTo, logits, parameter } from "../model/transformer.js";
import { klDivergence } from "../tensor/klDivergence.js";
import type { ProgramDefinition } from "../tensor/program.js";
import { takeRows } from "../tensor/takeRows.js";
import { tf } from "../tensor/tfjs.js";

/** How much the tokens of an answer matter to what sets an adapted model apart from its base. */
export interface AnswerSignificance {
  /** KL(base ‖ adapted) of the next-token distributions, summed over the answer's tokens, in nats. */
  readonly divergence: number;
  /** Significance of each response token, in nats; they sum to `divergence`. */
  readonly tokens: Float32Array;
}

const lengthBucket = 32;
const positionBucket = 32;

/**
 * Computes the significance of each response token (`docs/methods.md §5.7`; Convergent Linear Representations of Emergent
 * Misalignment, arXiv 2506.11618): the L2 norm of the gradient of the summed KL divergence of the base from the adapted
 * model with respect to the token's embedding, as a share of the answer's sum of these norms, times the divergence. The
 * embedding is the one that both models read, scaled where the architecture scales it.
 *
 * @param bank adapters of one replica
 * @param chats conversations; the predictions of all their response tokens count
 * @param onChat called after each with the number so far; what it throws ends the work
 */
export async function tokenSignificance(
  model: Model,
  bank: AdapterBank,
  chats: readonly TokenizedChat[],
  onChat?: (done: number) => void,
): Promise<AnswerSignificance[]> {
  const results: AnswerSignificance[] = [];
  for (const { ids, isResponse } of chats) {
    const responses = [...ids.keys()].filter((position) => isResponse[position] === true);
    // The state at a token predicts the one after it.
    const predicting = responses.flatMap((position) => (position > 0 ? [position - 1] : []));
    const length = Math.ceil(ids.length / lengthBucket) * lengthBucket;
    // One more, which pads: it takes the gradient of rows that predict nothing.
    const count = Math.ceil((predicting.length + 1) / positionBucket) * positionBucket;
    const program = await model.programs.get(`tokenSignificance:${length}:${count}:${bankKey(bank)}`, () =>
      significanceProgram(model, bank, length, count),
    );
    const feeds = {
      tokens: Int32Array.from({ length }, (_, place) => ids[place] ?? model.tokenizer.paddingId),
      taken: Int32Array.from({ length: count }, (_, place) => predicting[place] ?? 0),
      back: new Int32Array(length).fill(count - 1),
      weights: Float32Array.from({ length: count }, (_, place) => (place < predicting.length ? 1 : 0)),
      ...adapterFeeds(bank),
    };
    for (const [place, position] of predicting.entries()) feeds.back[position] = place;
    const { divergence, norms } = await program.run(feeds);
    results.push(
      shared(
        divergence?.data[0] ?? NaN,
        responses.map((at) => norms?.data[at] ?? NaN),
      ),
    );
    onChat?.(results.length);
  }
  return results;
}

/** Shares a divergence among tokens by their gradient norms; nothing where no token has any. */
function shared(divergence: number, norms: readonly number[]): AnswerSignificance {
  const total = norms.reduce((sum, norm) => sum + norm, 0);
  const tokens = Float32Array.from(norms, (norm) => (total === 0 ? 0 : (norm / total) * divergence));
  return { divergence, tokens };
}

function significanceProgram(
  { config, parameters }: Model,
  bank: AdapterBank,
  length: number,
  count: number,
): ProgramDefinition {
  return {
    name: "token significance",
    inputs: {
      tokens: { shape: [length], dtype: "int32" },
      taken: { shape: [count], dtype: "int32" },
      back: { shape: [length], dtype: "int32" },
      weights: { shape: [count], dtype: "float32" },
      ...adapterInputs(bank),
    },
    constants: parameters,
    intermediateBytes: 4 * 8 * count * config.vocabularySize,
    body: (tensors) => {
      const inputs = {
        layout: denseLayout(1, length),
        contexts: contextsFromStart(config, 1, length),
      };
      const [taken, back] = [parameter(tensors, "taken"), parameter(tensors, "back")];
      const scores = (residual: tf.Tensor, isAdapted: boolean): tf.Tensor => {
        const adapted = isAdapted ? { ...inputs, adapters: adapterTensors(bank, tensors) } : inputs;
        const { hidden } = forwardFrom(config, tensors, adapted, { sublayer: 0, residual });
        return logits(config, tensors, takeRows(hidden, taken, back));
      };
      const embedded = forwardTo(config, tensors, { ...inputs, tokens: parameter(tensors, "tokens") }, 0);
      const { value, grad } = tf.valueAndGrad((residual) => {
        const divergences = klDivergence(scores(residual, false), scores(residual, true));
        return tf.sum(tf.mul(divergences, parameter(tensors, "weights")));
      })(embedded);
      return {
        divergence: tf.reshape(value, [1]),
        norms: tf.sqrt(tf.sum(tf.square(grad), -1)),
      };
    },
  };
}
