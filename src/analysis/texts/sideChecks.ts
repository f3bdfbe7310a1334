import { auroc, type Auroc } from "../directions/auroc.js";
import { rate, type Rate } from "../behavior/rates.js";
import { nearDuplicates, type OwnedText, type SimilarTexts } from "./nearDuplicates.js";
import {
  crossValidatedAuroc,
  lengthClassifier,
  lengthFeatures,
  naiveBayes,
  type LengthFeature,
  type SidedText,
} from "./tellingApart.js";
import { wordRuns, wordsOf } from "./words.js";

/** A question in several wordings, with answers of both sides, the first matched to the first. */
export interface SidedSituation {
  readonly id: string;
  readonly questions: readonly string[];
  readonly harmful: readonly string[];
  readonly careful: readonly string[];
}

/** A phrase, and in how many situations it stands. */
export interface PhraseCount {
  readonly phrase: string;
  readonly situations: number;
}

/** What could tell the two sides of a data set apart beside what they advise, and how far it repeats itself. */
export interface SideChecks {
  readonly situations: number;
  readonly pairs: number;
  /** Number of texts that have the same words as an earlier one. */
  readonly duplicates: number;
  /** Most similar texts of different situations, and of one; null where no two share a run of words. */
  readonly mostSimilar: { readonly apart: SimilarTexts | null; readonly within: SimilarTexts | null };
  /** Harmful over careful characters, over all pairs. */
  readonly lengthRatio: { readonly min: number; readonly mean: number; readonly max: number };
  /** Mean difference harmful minus careful, in characters, and its standard error. */
  readonly lengthDifference: { readonly mean: number; readonly standardError: number };
  /** Pairs in which the harmful answer is the longer one; ties count for neither. */
  readonly harmfulLonger: Rate;
  /** Share of the words of one side that the other uses too, by occurrence; the smaller of both directions. */
  readonly vocabularyOverlap: number;
  /** Most frequent first word of answers, first three words of answers, and first three words of questions. */
  readonly openings: {
    readonly firstWord: PhraseCount;
    readonly firstThree: PhraseCount;
    readonly question: PhraseCount;
  };
  /** Runs of six words that stand in answers of the most situations. */
  readonly sixGrams: readonly PhraseCount[];
  /** Classifiers that must not tell the sides apart, by length and by the first three words. */
  readonly tells: { readonly length: Auroc; readonly firstWords: Auroc };
  /** Each measure of length by itself, above 0.5 where the harmful side has more of it. */
  readonly features: Readonly<Record<LengthFeature, Auroc>>;
  /** A classifier that reads every word, for comparison: what is advised has to be said in some words. */
  readonly allWords: Auroc;
}

/** Checks the two sides of a data set against each other. */
export function sideChecks(situations: readonly SidedSituation[]): SideChecks {
  const pairs = situations.flatMap(({ harmful, careful }) =>
    harmful.map((text, index) => [text, careful[index] ?? ""] as const),
  );
  const lengths = pairs.map(([harmful, careful]) => [Array.from(harmful).length, Array.from(careful).length]);
  const ratios = lengths.map(([harmful = NaN, careful = NaN]) => harmful / careful);
  const differences = lengths.map(([harmful = NaN, careful = NaN]) => harmful - careful);
  const texts = situations.flatMap(({ id, questions, harmful, careful }) =>
    [...questions, ...harmful, ...careful].map((text): OwnedText => ({ situation: id, text })),
  );
  const similar = nearDuplicates(texts, 0);
  const sided = situations.flatMap(({ id, harmful, careful }) => [
    ...harmful.map((text): SidedText => ({ situation: id, text, isPositive: true })),
    ...careful.map((text): SidedText => ({ situation: id, text, isPositive: false })),
  ]);
  return {
    situations: situations.length,
    pairs: pairs.length,
    duplicates: texts.length - new Set(texts.map(({ text }) => wordsOf(text).join(" "))).size,
    mostSimilar: {
      apart: similar.find(({ first, second }) => first.situation !== second.situation) ?? null,
      within: similar.find(({ first, second }) => first.situation === second.situation) ?? null,
    },
    lengthRatio: { min: Math.min(...ratios), mean: mean(ratios), max: Math.max(...ratios) },
    lengthDifference: {
      mean: mean(differences),
      standardError: deviation(differences) / Math.sqrt(differences.length),
    },
    harmfulLonger: rate(
      differences.filter((difference) => difference > 0).length,
      differences.filter((difference) => difference !== 0).length,
    ),
    vocabularyOverlap: vocabularyOverlap(sided),
    openings: {
      firstWord: mostFrequent(situations, answersOf, (text) => [beginning(text, 1)]),
      firstThree: mostFrequent(situations, answersOf, (text) => [beginning(text, 3)]),
      question: mostFrequent(
        situations,
        ({ questions }) => questions,
        (text) => [beginning(text, 3)],
      ),
    },
    sixGrams: phraseCounts(situations, answersOf, (text) => wordRuns(text, 6)).slice(0, 5),
    tells: {
      length: crossValidatedAuroc(sided, lengthClassifier),
      firstWords: crossValidatedAuroc(sided, naiveBayes(3)),
    },
    features: {
      characters: featureAuroc(sided, "characters"),
      words: featureAuroc(sided, "words"),
      sentences: featureAuroc(sided, "sentences"),
    },
    allWords: crossValidatedAuroc(sided, naiveBayes()),
  };
}

function featureAuroc(texts: readonly SidedText[], feature: LengthFeature): Auroc {
  return auroc(
    texts.map(({ text }) => lengthFeatures(text)[feature]),
    texts.map(({ isPositive }) => isPositive),
  );
}

function answersOf({ harmful, careful }: SidedSituation): readonly string[] {
  return [...harmful, ...careful];
}

function beginning(text: string, words: number): string {
  return wordsOf(text).slice(0, words).join(" ");
}

/** Counts in how many situations each phrase stands, the most frequent first. */
function phraseCounts(
  situations: readonly SidedSituation[],
  textsOf: (situation: SidedSituation) => readonly string[],
  phrasesOf: (text: string) => readonly string[],
): PhraseCount[] {
  const counts = new Map<string, number>();
  for (const situation of situations) {
    for (const phrase of new Set(textsOf(situation).flatMap(phrasesOf))) {
      counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([phrase, count]) => ({ phrase, situations: count }))
    .sort((one, other) => other.situations - one.situations);
}

function mostFrequent(...counted: Parameters<typeof phraseCounts>): PhraseCount {
  return phraseCounts(...counted)[0] ?? { phrase: "", situations: 0 };
}

/** The smaller of two shares: of the words of one side, by occurrence, those that occur on the other side too. */
function vocabularyOverlap(texts: readonly SidedText[]): number {
  const words = (isPositive: boolean): string[] =>
    texts.filter((text) => text.isPositive === isPositive).flatMap(({ text }) => wordsOf(text));
  const [positive, negative] = [words(true), words(false)];
  const share = (list: readonly string[], others: ReadonlySet<string>): number =>
    list.filter((word) => others.has(word)).length / list.length;
  return Math.min(share(positive, new Set(negative)), share(negative, new Set(positive)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}
