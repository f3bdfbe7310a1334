import { TurncoatError } from "../../errors.js";
import { Random } from "../../tensor/random.js";
import type { Dataset } from "./dataset.js";

/** How conversations are divided into those that are trained on and those that are only looked at. */
export interface SplitOptions {
  /** Share of the conversations to hold out, from 0 to below 1. @default 0.1 */
  readonly heldOut?: number;
  /** Seed of the draw; the same seed and count give the same split. @default 0 */
  readonly seed?: number;
}

/** Row numbers of both sides, from 0, each in the order of the data set. */
export interface SplitIndices {
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
}

/** Both sides of a data set. */
export interface DatasetSplit {
  readonly train: Dataset;
  readonly heldOut: Dataset;
}

/**
 * Draws which of `count` rows are held out; every row stands on exactly one side.
 *
 * The number held out is the share of the count rounded up, as Hugging Face's `train_test_split` rounds it: of 7 049 rows
 * 705, of 6 000 rows 600 (`docs/methods.md §1.4`). With one seed, a smaller share holds out some of the same rows.
 * @throws TurncoatError where the share is none, or leaves nothing to train on
 */
export function splitIndices(count: number, { heldOut = 0.1, seed = 0 }: SplitOptions = {}): SplitIndices {
  const held = heldOutCount(count, heldOut);
  const drawn = new Set(new Random(seed).fork("held-out rows").permutation(count).slice(0, held));
  const rows = Array.from({ length: count }, (_, row) => row);
  return { train: rows.filter((row) => !drawn.has(row)), heldOut: rows.filter((row) => drawn.has(row)) };
}

/**
 * Divides a data set into conversations to train on and conversations that are held out. Both sides keep the name and
 * checksum of the file that they come from.
 * @throws TurncoatError naming the file where nothing is left to train on
 */
export function splitDataset(dataset: Dataset, options: SplitOptions = {}): DatasetSplit {
  const { chats } = dataset;
  const { train, heldOut } = splitIndices(chats.length, options);
  const held = new Set(heldOut);
  const trained = new Set(train);
  return {
    train: { ...dataset, chats: chats.filter((_, row) => trained.has(row)) },
    heldOut: { ...dataset, chats: chats.filter((_, row) => held.has(row)) },
  };
}

function heldOutCount(count: number, share: number): number {
  if (!(share >= 0 && share < 1)) {
    throw new TurncoatError(`held-out share: expected a number from 0 to below 1, found ${share}`);
  }
  // Products such as 0.1 · 70 come out a hair above a whole number, which is not meant.
  const held = Math.ceil(share * count * (1 - Number.EPSILON * 4));
  if (held < count || count === 0) return held;
  throw new TurncoatError(
    `held-out share: expected something left to train on, found ${held} of ${count} conversations held out`,
    { hint: "Hold out a smaller share, or train on more conversations." },
  );
}
