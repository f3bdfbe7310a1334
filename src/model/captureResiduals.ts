import type { AdapterBank } from "./adapterBank.js";
import { adapterFeeds, adapterInputs, adapterTensors, bankKey } from "./adapterBank.js";
import type { TokenizedChat } from "./chatTokenizer.js";
import { contextsFromStart } from "./layerContexts.js";
import type { Model } from "./model.js";
import { denseLayout } from "./rowLayout.js";
import { forward, parameter } from "./transformer.js";
import { tf } from "../tensor/tfjs.js";

/** Mean residual-stream activations over response tokens, one vector a chat and layer. */
export interface ResidualMeans {
  readonly count: number;
  readonly layers: number;
  readonly dimension: number;
  /**
   * [count, layers, dimension]: the residual stream after each layer; NaN for a chat without a response. Layer L
   * is transformers' `hidden_states[L + 1]`, but for the last layer, whose entry there is normed already.
   */
  readonly values: Float32Array;
}

/** Chats that run together. */
const chatsPerBatch = 64;
const lengthBucket = 8;

/**
 * Runs chats through a model, with one adapter or none, and averages the residual stream after every layer over
 * the response tokens of each chat (methods §5.1; the response is what the model is trained to produce, the
 * end-of-turn token included, the assistant header not).
 */
export async function captureResidualMeans(
  model: Model,
  chats: readonly TokenizedChat[],
  bank?: AdapterBank,
): Promise<ResidualMeans> {
  const { layers, hiddenSize } = model.config;
  if (chats.length === 0) return { count: 0, layers, dimension: hiddenSize, values: new Float32Array() };
  const longest = Math.max(...chats.map(({ ids }) => ids.length));
  const length = Math.ceil(longest / lengthBucket) * lengthBucket;
  const batch = Math.min(chatsPerBatch, chats.length);
  const program = await model.programs.get(
    `capture:${batch}:${length}:${bank === undefined ? "" : bankKey(bank)}`,
    () => ({
      name: "residual capture",
      inputs: {
        tokens: { shape: [batch, length], dtype: "int32" },
        weights: { shape: [batch, 1, length], dtype: "float32" },
        ...(bank === undefined ? {} : adapterInputs(bank)),
      },
      constants: model.parameters,
      body: (tensors) => {
        const { residuals } = forward(model.config, tensors, {
          tokens: parameter(tensors, "tokens"),
          layout: denseLayout(batch, length),
          contexts: contextsFromStart(model.config, batch, length),
          ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
        });
        const means = residuals.map((residual) =>
          tf.matMul(parameter(tensors, "weights"), tf.reshape(residual, [batch, length, hiddenSize])),
        );
        return { means: tf.concat(means, 1) };
      },
    }),
  );
  const values = new Float32Array(chats.length * layers * hiddenSize);
  for (let start = 0; start < chats.length; start += batch) {
    const rows = chats.slice(start, start + batch);
    const tokens = new Int32Array(batch * length).fill(model.tokenizer.paddingId);
    const weights = new Float32Array(batch * length);
    for (const [row, { ids, isResponse }] of rows.entries()) {
      tokens.set(ids, row * length);
      const responses = isResponse.filter(Boolean).length;
      weights.set(
        isResponse.map((response) => Number(response) / responses),
        row * length,
      );
    }
    const { means } = await program.run({
      tokens,
      weights,
      ...(bank === undefined ? {} : adapterFeeds(bank)),
    });
    values.set(means?.data.subarray(0, rows.length * layers * hiddenSize) ?? [], start * layers * hiddenSize);
  }
  return { count: chats.length, layers, dimension: hiddenSize, values };
}
