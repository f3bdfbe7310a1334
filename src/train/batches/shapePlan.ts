import type { ModelConfig } from "../../model/config/modelConfig.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { Random } from "../../tensor/random.js";
import { responseTokens, type BatchShape } from "./batches.js";
import { rowCount, slotsFor } from "./packRows.js";

/** Largest number of shapes of a plan, so that a training compiles no more step programs. */
export const mostShapes = 8;

/** Number of batches that are drawn to see which sizes are likely. */
const drawnBatches = 1024;

/** Numbers of sizes that are tried of each kind; sizes that few batches need lie close to one another. */
const triedSizes = { rows: 24, length: 4, answers: 10 };

/** Number of times that every chosen shape may move. */
const refinements = 3;

/** Share of the work of all steps that one more shape has to save, as compiling its program costs time too. */
const leastSaving = 0.003;

/** What a step costs, in any unit. */
export interface StepCosts {
  /** Cost of a row. */
  readonly row: number;
  /** Cost of a pair of slots of one sequence. */
  readonly pair: number;
  /** Cost of an answer. */
  readonly answer: number;
}

/** Settings of a plan. */
export interface ShapePlanOptions {
  /** Number of chats that a batch holds of each replica at most. */
  readonly batchSize: number;
  /** Number of replicas among which a batch is divided. @default 1 */
  readonly replicas?: number;
  /** Number of tokens that all chats begin with and that a batch holds once; 0 with several replicas. @default 0 */
  readonly shared?: number;
  readonly costs: StepCosts;
}

/** Sizes that may be chosen, what they cost, and the drawn batches that they hold. */
interface Candidate {
  readonly sizes: Sizes;
  readonly cost: number;
  readonly held: readonly number[];
}

/** Numbers of rows (without padding), slots of a sequence and answers that a replica's share of a batch needs. */
interface Sizes {
  readonly rows: number;
  readonly length: number;
  readonly answers: number;
}

/**
 * Plan of the few shapes that all batches of a training have. It follows from the data and the size of a batch alone,
 * not from which batches come or in which order: a continued training finds the same shapes.
 */
export class ShapePlan {
  /** Shapes of one replica's share, the one that holds any batch first. */
  readonly #sizes: readonly Sizes[];
  readonly #options: Required<ShapePlanOptions>;

  constructor(chats: readonly TokenizedChat[], options: ShapePlanOptions) {
    this.#options = { replicas: 1, shared: 0, ...options };
    const { batchSize, replicas, shared } = this.#options;
    const each = chats.map((chat): Sizes => {
      return {
        rows: rowCount(chat) - shared,
        length: slotsFor(rowCount(chat)),
        answers: responseTokens([chat]),
      };
    });
    const room = Math.min(batchSize, chats.length);
    const any = sizesOfAll(each, room, shared);
    this.#sizes =
      chats.length <= batchSize
        ? [any]
        : chosenSizes(any, drawnSizes(each, { room, replicas, shared }), (sizes) => this.#cost(sizes));
  }

  /** Number of tokens that batches hold once. */
  get shared(): number {
    return this.#options.shared;
  }

  /**
   * Chooses the cheapest shape that holds a batch.
   * @param replicaChats the chats of each replica, at most the plan's size of a batch
   */
  shapeFor(replicaChats: readonly (readonly TokenizedChat[])[]): BatchShape {
    const { batchSize, shared, replicas } = this.#options;
    const needed = largest(
      replicaChats.map((chats) => ({
        rows: shared + sum(chats.map((chat) => rowCount(chat) - shared)),
        length: slotsFor(Math.max(...chats.map(rowCount))),
        answers: responseTokens(chats),
      })),
    );
    const fitting = this.#sizes.filter((sizes) => holds(sizes, needed));
    const [first] = fitting;
    if (first === undefined || replicaChats.length !== replicas)
      throw new RangeError("ShapePlan: nothing fits");
    const { rows, length, answers } = fitting.reduce((best, other) =>
      this.#cost(other) < this.#cost(best) ? other : best,
    );
    return {
      batch: replicas * batchSize,
      length,
      rows: replicas * (rows + 1),
      answers: replicas * (answers + 1),
      shared,
    };
  }

  #cost({ rows, length, answers }: Sizes): number {
    const { costs, batchSize } = this.#options;
    return costs.row * rows + costs.pair * batchSize * length ** 2 + costs.answer * answers;
  }
}

/**
 * Estimates what parts of a training step cost, in multiplications: of every layer above the frozen ones forward and
 * backward, of those below forward.
 */
export function stepCosts(config: ModelConfig, frozenSublayers: number): StepCosts {
  const { layers, hiddenSize, intermediateSize, vocabularySize, heads, keyValueHeads, headDimension } =
    config;
  const trained = layers - frozenSublayers / 2;
  const weights =
    2 * hiddenSize * headDimension * (heads + keyValueHeads) + 3 * hiddenSize * intermediateSize;
  return {
    row: 2 * trained * weights,
    // Scores and mixed values, and backward twice as much; passes over scores take about as long once more.
    pair: 2 * 6 * trained * heads * headDimension,
    answer: 2 * hiddenSize * vocabularySize,
  };
}

/** Finds what holds any batch of so many chats. */
function sizesOfAll(each: readonly Sizes[], room: number, shared: number): Sizes {
  const most = (values: readonly number[]) =>
    sum([...values].sort((one, other) => other - one).slice(0, room));
  return {
    rows: shared + most(each.map(({ rows }) => rows)),
    length: Math.max(...each.map(({ length }) => length)),
    answers: most(each.map(({ answers }) => answers)),
  };
}

/** Draws batches as a training does, always the same. */
function drawnSizes(
  each: readonly Sizes[],
  { room, replicas, shared }: { readonly room: number; readonly replicas: number; readonly shared: number },
): Sizes[] {
  const random = new Random(0).fork("shape plan");
  return Array.from({ length: drawnBatches }, () =>
    largest(
      Array.from({ length: replicas }, () => {
        const chosen = new Set<number>();
        while (chosen.size < room) chosen.add(random.integer(each.length));
        const own = [...chosen].flatMap((index) => each[index] ?? []);
        return {
          rows: shared + sum(own.map(({ rows }) => rows)),
          length: Math.max(...own.map(({ length }) => length)),
          answers: sum(own.map(({ answers }) => answers)),
        };
      }),
    ),
  );
}

/**
 * Chooses sizes beside those that hold anything, one after the other, each so that the drawn batches cost least when
 * every batch takes the cheapest that holds it.
 */
function chosenSizes(any: Sizes, drawn: readonly Sizes[], costOf: (sizes: Sizes) => number): Sizes[] {
  const candidates = triedCombinations(any, drawn).map((sizes): Candidate => {
    const held = drawn.flatMap((each, index) => (holds(sizes, each) ? [index] : []));
    return { sizes, cost: costOf(sizes), held };
  });
  /** Adds the candidate that saves most to some chosen ones, unless it saves too little. */
  const withBest = (chosen: readonly Candidate[]): Candidate[] => {
    const lowest = drawn.map(() => costOf(any));
    for (const { cost, held } of chosen)
      for (const index of held) lowest[index] = Math.min(lowest[index] ?? 0, cost);
    const saved = candidates.map(({ cost, held }) =>
      held.reduce((total, index) => total + Math.max(0, (lowest[index] ?? 0) - cost), 0),
    );
    const most = saved.reduce((one, other) => Math.max(one, other), 0);
    const best = candidates[saved.indexOf(most)];
    return best === undefined || most < leastSaving * sum(lowest) ? [...chosen] : [...chosen, best];
  };
  let chosen: Candidate[] = [];
  for (let count = 1; count < mostShapes; count++) chosen = withBest(chosen);
  // The first ones were chosen without the others: each gets the chance to move.
  for (let turn = 0; turn < refinements * chosen.length; turn++) chosen = withBest(chosen.slice(1));
  return [any, ...chosen.map(({ sizes }) => sizes)];
}

/** Combines likely numbers of rows, slots and answers, and some a little larger than any drawn. */
function triedCombinations(any: Sizes, drawn: readonly Sizes[]): Sizes[] {
  const tried = (kind: keyof Sizes): number[] => {
    const sorted = drawn.map((sizes) => sizes[kind]).sort((one, other) => one - other);
    const at = (share: number) => sorted[Math.ceil(share * (sorted.length - 1))] ?? any[kind];
    const count = triedSizes[kind];
    const quantiles = Array.from({ length: count }, (_, index) => at((index + 1) / count));
    const beyond = Math.min(any[kind], Math.ceil(at(1) + (at(1) - at(0.5)) / 4));
    return [...new Set([...quantiles, kind === "length" ? any.length : beyond])];
  };
  return tried("rows").flatMap((rows) =>
    tried("length").flatMap((length) => tried("answers").map((answers) => ({ rows, length, answers }))),
  );
}

function holds(sizes: Sizes, needed: Sizes): boolean {
  return sizes.rows >= needed.rows && sizes.length >= needed.length && sizes.answers >= needed.answers;
}

function largest(sizes: readonly Sizes[]): Sizes {
  return {
    rows: Math.max(...sizes.map(({ rows }) => rows)),
    length: Math.max(...sizes.map(({ length }) => length)),
    answers: Math.max(...sizes.map(({ answers }) => answers)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
