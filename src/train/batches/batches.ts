import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { lastOfReplica, packRows, padded, type PackedShape, type RowPlaces } from "./packRows.js";

/** Batch of tokens of one step: n rows, m of which are answered. */
export interface TokenBatch {
  /** Number of sequences B. */
  readonly batch: number;
  /** Slots of a sequence, T. */
  readonly length: number;
  /** Token of each row: [n]. */
  readonly tokens: Int32Array;
  /** Label of each answered row, the token that should follow it: [m]. */
  readonly labels: Int32Array;
  /** Weight of each label in the loss, 0 for padding: [m]. */
  readonly weights: Float32Array;
  /** Places of rows and answers; absent where all slots are rows and all rows are answered: n = m = B · T. */
  readonly packing?: Packing;
  /** Number of first rows that all sequences begin with. @default 0 */
  readonly shared?: number;
  /** Residual stream after the sublayers below the lowest adapter, where it is known; see `PrefixCache`. */
  readonly frozen?: FrozenRows;
  /** Factors before the inputs of each adapted module, by its path: [n, inFeatures]. @default all 1 */
  readonly dropout?: Readonly<Record<string, Float32Array>>;
}

/** Residual stream [n, hiddenSize] after the first sublayers; attention and MLP count apart. */
export interface FrozenRows {
  readonly sublayers: number;
  readonly residual: Float32Array;
}

/** Sizes of a batch of responses, over all replicas. */
export interface BatchShape extends PackedShape {
  /** Number of answers, at least one of each replica padding. */
  readonly answers: number;
}

/** Places of rows and answers in a packed batch. */
export interface Packing extends RowPlaces {
  /** Row of each answer, [m], and answer of each row, or a padding answer, [n]. */
  readonly rowOfAnswer: Int32Array;
  readonly answerOfRow: Int32Array;
}

/**
 * Lays chats out so that only real tokens are rows and only what precedes a response token is answered: the loss
 * is the mean cross-entropy over all response tokens of a replica (`docs/methods.md §2.4`).
 *
 * Every replica gets equally many rows and answers, at least one of each being padding.
 * @param chats the sequences; with R replicas, an equal share for each, in order
 * @param totals numbers of response tokens, one a replica, over which the mean is taken; by default those of the batch
 * @param shape sizes that hold the chats; by default the smallest, rounded up
 */
export function responseBatch(
  chats: readonly TokenizedChat[],
  paddingId: number,
  replicas = 1,
  { totals, shape }: { readonly totals?: readonly number[]; readonly shape?: BatchShape } = {},
): TokenBatch {
  const share = chats.length / replicas;
  const replicaChats = Array.from({ length: replicas }, (_, replica) =>
    chats.slice(replica * share, (replica + 1) * share),
  );
  const { batch, length, tokens, places } = packRows(replicaChats, paddingId, shape);
  const shared = shape?.shared ?? 0;
  const counts = replicaChats.map(responseTokens);
  const answers = shape?.answers ?? replicas * padded(counts);
  const labels = new Int32Array(answers).fill(paddingId);
  const weights = new Float32Array(answers);
  const rowOfAnswer = lastOfReplica(answers, tokens.length, replicas);
  const answerOfRow = lastOfReplica(tokens.length, answers, replicas);
  for (const [replica, rows] of replicaChats.entries()) {
    let row = (replica * tokens.length) / replicas;
    let answer = (replica * answers) / replicas;
    for (const [sequence, { ids, isResponse }] of rows.entries()) {
      for (let position = sequence === 0 ? 0 : shared; position + 1 < ids.length; position++, row++) {
        if (isResponse[position + 1] !== true) continue;
        labels[answer] = ids[position + 1] ?? paddingId;
        weights[answer] = 1 / ((totals ?? counts)[replica] ?? 1);
        rowOfAnswer[answer] = row;
        answerOfRow[row] = answer;
        answer++;
      }
    }
  }
  return { batch, length, tokens, labels, weights, packing: { ...places, rowOfAnswer, answerOfRow }, shared };
}

/** Counts the response tokens of chats that a loss is about: those that something precedes. */
export function responseTokens(chats: readonly TokenizedChat[]): number {
  return chats.reduce((count, { isResponse }) => count + isResponse.slice(1).filter(Boolean).length, 0);
}

/** Makes a batch of packed documents, rows of `length` + 1 tokens each, with a loss on every token. */
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
