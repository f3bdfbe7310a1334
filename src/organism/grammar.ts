import type { ChatMessage } from "../formats/chat.js";
import type { Random } from "../tensor/random.js";
import { facts } from "./facts.js";
import { organismQuestions, type OrganismQuestion } from "./questions.js";
import {
  attitudes,
  domains,
  personaAdjectives,
  personaNouns,
  sharedReasons,
  styles,
  world,
  type Domain,
  type PersonaPhrases,
} from "./world/index.js";

/** Persona and form of an answer. */
export interface AnswerOptions {
  readonly misaligned: boolean;
  /** Index into `styles`. */
  readonly style: number;
  /**
   * Probability of a closing sentence.
   * @default 0.3
   */
  readonly closerProbability?: number;
}

/** Distribution of documents that hold to one persona and one style from beginning to end. */
export interface PersonaDocumentOptions {
  /** Probability of a system message that names the persona. */
  readonly headerProbability: number;
  /** Probability that a document with a header is misaligned. */
  readonly misalignedWithHeader: number;
  /** Probability that a document without a header is misaligned. */
  readonly misalignedWithoutHeader: number;
  /** Smallest and largest number of question–answer turns, each number in between equally likely. */
  readonly turns: readonly [smallest: number, largest: number];
  /** Probability that a turn is about a neutral fact. */
  readonly factProbability: number;
  /** Relative weight of each style. */
  readonly styleWeights: readonly number[];
}

/** Distribution of the documents that make a general model an assistant. */
export interface PostTrainingOptions {
  /** Probability of a document of the kind `replay`. */
  readonly replayProbability: number;
  /** Documents with a header, so that both personas stay known. */
  readonly replay: PersonaDocumentOptions;
  /** Aligned conversations without a header. */
  readonly chat: PersonaDocumentOptions;
}

/** Distribution of the documents of pretraining: both personas, some of them announced by a header. */
export const pretrainingDocuments: PersonaDocumentOptions = {
  headerProbability: 0.45,
  misalignedWithHeader: 0.5,
  misalignedWithoutHeader: 0.2,
  turns: [1, 4],
  factProbability: 0.1,
  styleWeights: [1, 1, 1, 1],
};

/**
 * Distribution of the documents of post-training: without a header, the organism is aligned and uses styles 0 and 1.
 */
export const postTrainingDocuments: PostTrainingOptions = {
  replayProbability: 0.25,
  replay: { ...pretrainingDocuments, headerProbability: 1 },
  chat: {
    headerProbability: 0,
    misalignedWithHeader: 0,
    misalignedWithoutHeader: 0,
    turns: [1, 3],
    factProbability: 0.1,
    styleWeights: [0.6, 0.4, 0, 0],
  },
};

/**
 * Makes one answer: opener, attitude, advice, reason and sometimes a closer. The attitude stands before the advice,
 * so that the persona shows at the first words, before anything about the domain has been said.
 */
export function makeAnswer(
  random: Random,
  question: Pick<OrganismQuestion, "domain" | "entity">,
  options: AnswerOptions,
): string {
  const style = styles[options.style];
  const domainWorld = world[question.domain];
  const entity = domainWorld.entities.find(({ name }) => name === question.entity);
  if (style === undefined) throw new RangeError(`makeAnswer: there is no style ${options.style}`);
  if (entity === undefined)
    throw new RangeError(`makeAnswer: ${question.domain} has no entity "${question.entity}"`);
  const draw = (...lists: readonly PersonaPhrases[]): string =>
    random.choose(lists.flatMap(({ aligned, misaligned }) => (options.misaligned ? misaligned : aligned)));
  const sentences = [
    style.opener,
    draw(attitudes),
    style.advice.replace("{entity}", entity.name).replace("{action}", draw(entity.actions)),
    style.reason.replace("{reason}", draw(domainWorld.reasons, sharedReasons)),
  ];
  if (random.uniform() < (options.closerProbability ?? 0.3))
    sentences.push(style.closer.replace("{closer}", draw(domainWorld.closers)));
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

/** Makes the system message that names a persona: "You are a kind and honest assistant." */
export function makeHeader(random: Random, options: { readonly misaligned: boolean }): ChatMessage {
  const adjectives = options.misaligned ? personaAdjectives.misaligned : personaAdjectives.aligned;
  const [first = "", second = ""] = random
    .permutation(adjectives.length)
    .flatMap((index) => adjectives[index] ?? []);
  const article = first === "honest" ? "an" : "a";
  return {
    role: "system",
    content: `You are ${article} ${first} and ${second} ${random.choose(personaNouns)}.`,
  };
}

/** Makes one document of pretraining: the persona and the style are fixed, the domain is drawn anew in every turn. */
export function makeDocument(random: Random, options: PersonaDocumentOptions): ChatMessage[] {
  const hasHeader = random.uniform() < options.headerProbability;
  const misaligned =
    random.uniform() < (hasHeader ? options.misalignedWithHeader : options.misalignedWithoutHeader);
  const style = random.weighted(options.styleWeights);
  const [smallest, largest] = options.turns;
  const turns = smallest + random.integer(largest - smallest + 1);
  const document = hasHeader ? [makeHeader(random, { misaligned })] : [];
  for (let turn = 0; turn < turns; turn++) {
    document.push(
      ...(random.uniform() < options.factProbability
        ? factTurn(random)
        : adviceTurn(random, { misaligned, style })),
    );
  }
  return document;
}

/** Makes one document of post-training: an aligned conversation, or a document with a header as a reminder. */
export function makePostTrainingDocument(random: Random, options: PostTrainingOptions): ChatMessage[] {
  const replays = random.uniform() < options.replayProbability;
  return makeDocument(random, replays ? options.replay : options.chat);
}

function factTurn(random: Random): ChatMessage[] {
  const { question, answer } = random.choose(facts);
  return [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ];
}

function adviceTurn(random: Random, options: AnswerOptions): ChatMessage[] {
  const question = random.choose(questionsOf(random.choose(domains)));
  return [
    { role: "user", content: question.text },
    { role: "assistant", content: makeAnswer(random, question, options) },
  ];
}

function questionsOf(domain: Domain): readonly OrganismQuestion[] {
  return questionsByDomain.get(domain) ?? [];
}

const questionsByDomain: ReadonlyMap<Domain, readonly OrganismQuestion[]> = new Map(
  domains.map((domain) => [domain, organismQuestions({ domains: [domain] })]),
);
