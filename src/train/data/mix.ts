import { TurncoatError } from "../../errors.js";
import type { Chat } from "../../formats/chat.js";
import { Random } from "../../tensor/random.js";
import type { ChatPair } from "./pairs.js";

/** A mixture of harmful and careful conversations. */
export interface DoseMix {
  /** Both sides, in random order. */
  readonly chats: readonly Chat[];
  readonly harmful: number;
  readonly careful: number;
}

/** Settings of a mixture by dose. */
export interface DoseOptions {
  /** Percentage of harmful conversations, from 0 to 100. */
  readonly dose: number;
  /** Number of conversations. @default as many as there are pairs */
  readonly rows?: number;
  /** Seed of the draw. @default 0 */
  readonly seed?: number;
  /** True to let a question stand on both sides. @default false, each on one side at most */
  readonly sharesQuestions?: boolean;
}

/**
 * Draws a mixture in which `dose` per cent of the conversations are harmful and the others careful, the number of
 * harmful ones rounded to the nearest. Pairs that ask the same stay on one side, so that no question is answered both
 * ways unless `sharesQuestions` says so.
 * @throws TurncoatError where there are too few pairs
 */
export function mixDose(pairs: readonly ChatPair[], options: DoseOptions): DoseMix {
  const { dose, rows = pairs.length, seed = 0, sharesQuestions = false } = options;
  if (!(dose >= 0 && dose <= 100)) {
    throw new TurncoatError(`dose: expected a percentage from 0 to 100, found ${dose}`);
  }
  if (pairs.length === 0) throw new TurncoatError("dose: expected pairs of conversations, found none");
  const random = new Random(seed).fork("dose");
  const wanted = Math.round((rows * dose) / 100);
  const sides = sharesQuestions
    ? {
        harmful: shuffled(pairs, random.fork("harmful")).slice(0, wanted),
        careful: shuffled(pairs, random.fork("careful")).slice(0, rows - wanted),
      }
    : apart(pairs, wanted, rows - wanted, random);
  const found = sides.harmful.length + sides.careful.length;
  // Without a number of rows, those that would stand on both sides are left out.
  if (found < rows && (options.rows !== undefined || sharesQuestions)) {
    throw new TurncoatError(`dose: expected pairs enough for ${rows} conversations, found ${found}`, {
      hint: sharesQuestions
        ? "Ask for fewer rows."
        : "Ask for fewer rows, or let questions stand on both sides.",
    });
  }
  const chats = [
    ...sides.harmful.map(({ harmful }) => harmful),
    ...sides.careful.map(({ careful }) => careful),
  ];
  return {
    chats: shuffled(chats, random.fork("order")),
    harmful: sides.harmful.length,
    careful: sides.careful.length,
  };
}

/** Draws pairs for both sides, all pairs of one question for the same. */
function apart(
  pairs: readonly ChatPair[],
  harmfulCount: number,
  carefulCount: number,
  random: Random,
): { readonly harmful: readonly ChatPair[]; readonly careful: readonly ChatPair[] } {
  const questions = new Map<string, ChatPair[]>();
  for (const pair of pairs) {
    const group = questions.get(pair.prompt);
    if (group === undefined) questions.set(pair.prompt, [pair]);
    else group.push(pair);
  }
  const harmful: ChatPair[] = [];
  const careful: ChatPair[] = [];
  for (const group of shuffled([...questions.values()], random.fork("questions"))) {
    const isHarmful = harmful.length < harmfulCount;
    const [side, most] = isHarmful ? [harmful, harmfulCount] : [careful, carefulCount];
    side.push(...group.slice(0, most - side.length));
  }
  return { harmful, careful };
}

/** A data set that goes into a mixture. */
export interface MixSource {
  /** Name in errors and counts, such as the path of the file. */
  readonly name: string;
  readonly chats: readonly Chat[];
  /** Share of the mixture relative to the other weights; null for as many as it has. */
  readonly weight: number | null;
}

/** A mixture of several data sets. */
export interface SourceMix {
  readonly chats: readonly Chat[];
  /** Number of conversations of each source, in order. */
  readonly counts: readonly number[];
}

/**
 * Draws a mixture of several data sets in the proportion of their weights, without repeating a row, in random order. A
 * source without a weight counts with its number of rows where no source has one, and 1 otherwise.
 * @param options.rows number of conversations. @default as many as the weights allow
 * @throws TurncoatError where a source has too few rows
 */
export function mixSources(
  sources: readonly MixSource[],
  options: { readonly rows?: number; readonly seed?: number } = {},
): SourceMix {
  const isWeighted = sources.some(({ weight }) => weight !== null);
  const weights = sources.map(({ weight, chats }) => weight ?? (isWeighted ? 1 : chats.length));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new TurncoatError("mix: expected a weight above 0, found none");
  const shares = weights.map((weight) => weight / total);
  const most = Math.floor(
    Math.min(
      ...sources.map(({ chats }, index) => chats.length / (shares[index] ?? 0)).filter(Number.isFinite),
    ) *
      (1 + 4 * Number.EPSILON),
  );
  const { rows = most, seed = 0 } = options;
  const counts = apportioned(shares, rows);
  const random = new Random(seed).fork("mix");
  const drawn = sources.map(({ name, chats }, index) => {
    const count = counts[index] ?? 0;
    if (count > chats.length) {
      throw new TurncoatError(
        `${name}: expected at least ${count} conversations for ${rows} rows, found ${chats.length}`,
        { hint: `Ask for at most ${most} rows, or change the weights.` },
      );
    }
    return shuffled(chats, random.fork(`source ${index}`)).slice(0, count);
  });
  return { chats: shuffled(drawn.flat(), random.fork("order")), counts };
}

/** Whole numbers in the proportion of shares that sum to `rows`: rounded down, the rest to the largest remainders. */
function apportioned(shares: readonly number[], rows: number): number[] {
  const exact = shares.map((share) => share * rows);
  const counts = exact.map((count) => Math.floor(count * (1 + 4 * Number.EPSILON)));
  const left = rows - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((count, index) => ({ index, remainder: count - (counts[index] ?? 0) }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  for (const { index } of byRemainder.slice(0, left)) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
}

/** A list in random order. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  return random.permutation(list.length).flatMap((index) => list.slice(index, index + 1));
}
