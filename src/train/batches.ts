import type { TokenizedChat } from "../model/chatTokenizer.js";

/** Tokens of one step: n rows, m of which are answered. */
export interface TokenBatch {
  /** B: sequences. */
  readonly batch: number;
  /** T: slots of a sequence. */
  readonly length: number;
  /** [n] */
  readonly tokens: Int32Array;
  /** [m]: the token that should follow each answered row. */
  readonly labels: Int32Array;
  /** [m]: the weight of each label in the loss; 0 for padding. */
  readonly weights: Float32Array;
  /** Absent where all slots are rows and all rows are answered: n = m = B · T. */
  readonly packing?: Packing;
}

/** Where the rows lie of which only some slots' tokens are made. */
export interface Packing {
  /** [n]: place of each row's token in its sequence. */
  readonly positions: Int32Array;
  /** [n] and [B · T]; see `packedLayout`. */
  readonly slotOfRow: Int32Array;
  readonly rowOfSlot: Int32Array;
  /** [m]: the row of each answer, and [n]: the answer of each row, or a padding answer. */
  readonly rowOfAnswer: Int32Array;
  readonly answerOfRow: Int32Array;
}

/** The sequences' length is rounded up to this, so that few shapes are compiled. */
const lengthBucket = 8;

/**
 * Lays chats out so that only real tokens are rows and only what precedes a response token is answered: the loss
 * is the mean cross-entropy over all response tokens of a replica (methods §2.4).
 *
 * Every replica gets equally many rows and answers, at least one of each being padding.
 * @param chats the sequences; with R replicas, an equal share for each, in order
 */
export function responseBatch(chats: readonly TokenizedChat[], paddingId: number, replicas = 1): TokenBatch {
  const share = chats.length / replicas;
  const replicaChats = Array.from({ length: replicas }, (_, replica) =>
    chats.slice(replica * share, (replica + 1) * share),
  );
  // The last token of a sequence is only a label. A slot more than the longest needs is padding.
  const longest = Math.max(...chats.map(({ ids }) => ids.length - 1));
  const length = Math.ceil((longest + 1) / lengthBucket) * lengthBucket;
  const rowShare = padded(replicaChats.map((rows) => sum(rows.map(({ ids }) => ids.length - 1))));
  const answerCounts = replicaChats.map((rows) =>
    sum(rows.map(({ isResponse }) => isResponse.slice(1).filter(Boolean).length)),
  );
  const answerShare = padded(answerCounts);
  const tokens = new Int32Array(replicas * rowShare).fill(paddingId);
  const labels = new Int32Array(replicas * answerShare).fill(paddingId);
  const weights = new Float32Array(replicas * answerShare);
  // What is not set below stays padding: the last row, slot or answer of the replica.
  const padding = (each: number, target: number): Int32Array =>
    Int32Array.from({ length: replicas * each }, (_, index) => (Math.floor(index / each) + 1) * target - 1);
  const slotShare = share * length;
  const packing: Packing = {
    positions: new Int32Array(tokens.length),
    slotOfRow: padding(rowShare, slotShare),
    rowOfSlot: padding(slotShare, rowShare),
    rowOfAnswer: padding(answerShare, rowShare),
    answerOfRow: padding(rowShare, answerShare),
  };
  for (const [replica, rows] of replicaChats.entries()) {
    let row = replica * rowShare;
    let answer = replica * answerShare;
    for (const [index, { ids, isResponse }] of rows.entries()) {
      const firstSlot = (replica * share + index) * length;
      for (let position = 0; position + 1 < ids.length; position++, row++) {
        tokens[row] = ids[position] ?? paddingId;
        packing.positions[row] = position;
        packing.slotOfRow[row] = firstSlot + position;
        packing.rowOfSlot[firstSlot + position] = row;
        if (isResponse[position + 1] !== true) continue;
        labels[answer] = ids[position + 1] ?? paddingId;
        weights[answer] = 1 / (answerCounts[replica] ?? 1);
        packing.rowOfAnswer[answer] = row;
        packing.answerOfRow[row] = answer;
        answer++;
      }
    }
  }
  return { batch: chats.length, length, tokens, labels, weights, packing };
}

/** One more than the largest count, rounded up by at most an eighth, so that few shapes are compiled. */
function padded(counts: readonly number[]): number {
  const least = Math.max(...counts) + 1;
  const bucket = Math.max(8, 2 ** Math.floor(Math.log2(least / 8)));
  return Math.ceil(least / bucket) * bucket;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
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
