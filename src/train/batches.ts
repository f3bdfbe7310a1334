import type { TokenizedChat } from "../model/chatTokenizer.js";

/** Tokens of one step, in row-major order. */
export interface TokenBatch {
  readonly batch: number;
  readonly length: number;
  /** [B, T] */
  readonly tokens: Int32Array;
  /** [B, T]: the token that should follow each. */
  readonly labels: Int32Array;
  /** [B, T]: the weight of each label in the loss. */
  readonly weights: Float32Array;
}

/** Row lengths are rounded up to this, so that few shapes are compiled. */
const lengthBucket = 8;

/**
 * Lays chats out as rows padded on the right, with a loss on response tokens only: the mean cross-entropy over
 * all response tokens of a replica (methods §2.4).
 * @param chats the rows; with R replicas, an equal share for each, in order
 */
export function responseBatch(chats: readonly TokenizedChat[], paddingId: number, replicas = 1): TokenBatch {
  const longest = Math.max(...chats.map(({ ids }) => ids.length)) - 1;
  const length = Math.ceil(longest / lengthBucket) * lengthBucket;
  const batch = chats.length;
  const tokens = new Int32Array(batch * length).fill(paddingId);
  const labels = new Int32Array(batch * length).fill(paddingId);
  const weights = new Float32Array(batch * length);
  const share = batch / replicas;
  for (let replica = 0; replica < replicas; replica++) {
    const rows = chats.slice(replica * share, (replica + 1) * share);
    const responses = rows.reduce(
      (count, { isResponse }) => count + isResponse.slice(1).filter(Boolean).length,
      0,
    );
    for (const [index, { ids, isResponse }] of rows.entries()) {
      const start = (replica * share + index) * length;
      for (let position = 0; position + 1 < ids.length; position++) {
        tokens[start + position] = ids[position] ?? paddingId;
        labels[start + position] = ids[position + 1] ?? paddingId;
        weights[start + position] = isResponse[position + 1] === true ? 1 / responses : 0;
      }
    }
  }
  return { batch, length, tokens, labels, weights };
}

/** Rows of packed documents, `length` + 1 tokens each, with a loss on every token. */
export function packedBatch(rows: readonly (readonly number[])[]): TokenBatch {
  const batch = rows.length;
  const length = (rows[0]?.length ?? 1) - 1;
  const tokens = new Int32Array(batch * length);
  const labels = new Int32Array(batch * length);
  for (const [row, ids] of rows.entries()) {
    tokens.set(ids.slice(0, length), row * length);
    labels.set(ids.slice(1), row * length);
  }
  const weights = new Float32Array(batch * length).fill(1 / (batch * length));
  return { batch, length, tokens, labels, weights };
}
