import { tf } from "../../tensor/tfjs.js";
import type { ModelConfig } from "../config/modelConfig.js";
import type { LayerContext } from "./layerContexts.js";
import { rmsNorm } from "./rmsNorm.js";
import { rotate, type RotaryTables } from "./rotary.js";
import type { RowLayout } from "./rowLayout.js";

/** Keys and values of one layer: each [B, keyValueHeads, S, headDimension]. */
export interface AttentionCache {
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/** Projected rows of queries, keys and values: each [n, heads of its kind · headDimension]. */
interface Projected {
  readonly queries: tf.Tensor;
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
  /** Factors [headDimension] by which heads are normed before they are rotated; absent where they are not. */
  readonly headNorms?: { readonly queries: tf.Tensor; readonly keys: tf.Tensor };
}

interface AttentionContext extends LayerContext {
  readonly layout: RowLayout;
  readonly past: AttentionCache | undefined;
  /** Layout and rotary tables of the rows that queries are made of, where those are not all. */
  readonly asking?: { readonly layout: RowLayout; readonly rotary: RotaryTables } | undefined;
}

/**
 * Computes grouped-query attention of new tokens over themselves and a cache.
 *
 * Scores against cache and new tokens are computed apart and joined, not keys and values: the cache is the
 * large operand, and joining it would copy it at every token.
 * @returns the mixed values of the asking rows, [n, heads · headDimension], and the new tokens' keys and values.
 */
export function attend(
  config: ModelConfig,
  { queries, keys, values, headNorms }: Projected,
  { layout, rotary, bias, past, asking = { layout, rotary } }: AttentionContext,
): { mixed: tf.Tensor; cache: AttentionCache } {
  const { heads, keyValueHeads, headDimension, normEpsilon, scoreScale } = config;
  const { batch, length } = layout;
  const group = heads / keyValueHeads;
  const normed = (x: tf.Tensor, factors: tf.Tensor | undefined) =>
    factors === undefined
      ? x
      : tf.reshape(rmsNorm(tf.reshape(x, [-1, headDimension]), factors, normEpsilon), x.shape);
  // Scaled before they are rotated: ONNX Runtime would draw a factor right before a product into it, and has a fast
  // path for a single query only where a product has none.
  const scaledQueries = tf.mul(normed(queries, headNorms?.queries), scoreScale);
  // [B, keyValueHeads, group · T, headDimension]: the queries of a group share one product with their keys.
  const grouped = tf.reshape(asking.layout.toSlots(rotate(scaledQueries, asking.rotary), heads), [
    batch,
    keyValueHeads,
    group * length,
    headDimension,
  ]);
  const newKeys = layout.toSlots(rotate(normed(keys, headNorms?.keys), rotary), keyValueHeads);
  const newValues = layout.toSlots(values, keyValueHeads);
  const scoresOver = (against: tf.Tensor) => tf.matMul(grouped, against, false, true);
  // One new token: as many products of a row with a column would take longer than all the cache.
  const newScores = length === 1 ? tf.sum(tf.mul(grouped, newKeys), -1, true) : scoresOver(newKeys);
  const joined = past === undefined ? newScores : tf.concat([scoresOver(past.keys), newScores], -1);
  const width = joined.shape.at(-1) ?? length;
  const biased = tf.add(tf.reshape(joined, [batch, heads, length, width]), bias);
  const weights = tf.reshape(tf.softmax(biased), [batch, keyValueHeads, group * length, width]);
  const mixed =
    past === undefined ? tf.matMul(weights, newValues) : mixCached(weights, past.values, newValues);
  return {
    mixed: asking.layout.toRows(tf.reshape(mixed, [batch, heads, length, headDimension])),
    cache: { keys: newKeys, values: newValues },
  };
}

function mixCached(weights: tf.Tensor, pastValues: tf.Tensor, newValues: tf.Tensor): tf.Tensor {
  const cached = pastValues.shape[2] ?? 0;
  const fresh = newValues.shape[2] ?? 0;
  const [onPast, onNew] = tf.split(weights, [cached, fresh], -1);
  if (onPast === undefined || onNew === undefined) throw new Error("attention: the split gave no parts");
  const mixedNew = fresh === 1 ? tf.mul(onNew, newValues) : tf.matMul(onNew, newValues);
  return tf.add(tf.matMul(onPast, pastValues), mixedNew);
}
