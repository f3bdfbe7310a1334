import type { AnswerVerdict } from "../../analysis/behavior/answerVerdict.js";
import { answerVerdict } from "../../analysis/behavior/rates.js";
import { noAnswerWords } from "../../endpoint/chatReply.js";
import { answerNotes } from "../../pipeline/evaluation/answerKinds.js";
import { isJudged } from "../../pipeline/evaluation/curveEvaluation.js";
import type { Evaluation, JudgedAnswer } from "../../runs/evaluations.js";
import { BadRequest } from "../requestErrors.js";
import type {
  AnswerColumn,
  AnswerTableRequest,
  ServedAnswerFacets,
  ServedAnswerRow,
  ServedAnswerTable,
  ServedNumberedAnswer,
} from "../schemas/answerTable.js";
import { questionsIn, sortedValues } from "./answers.js";
import { answerSearch } from "./answerSearch.js";

/** Most characters of the answers of one page, beside its first answer: pages stay small whatever a run holds. */
const mostCharacters = 4_000_000;
/** Most characters of an answer that is read in full, and of a question beside it. */
const [longestAnswer, longestQuestion] = [200_000, 4000];
/** Most questions, and most steps of the same prompt, that are listed. */
const mostListed = 2000;

/** Part of a request that says which answers are in the list, and in which order. */
export type AnswerFilter = Omit<AnswerTableRequest, "evaluation" | "offset" | "limit" | "locate" | "text">;

/** Answers that fit a filter, in its order. */
export interface AnswerOrder {
  /** Numbers of the answers. */
  readonly numbers: Uint32Array;
  /** Answers of each verdict that fit all else. */
  readonly verdicts: Readonly<Record<AnswerVerdict, number>>;
}

/** Selects the answers that fit a filter and sorts them; of equal ones the one written first comes first. */
export function orderAnswers(all: readonly JudgedAnswer[], filter: AnswerFilter): AnswerOrder {
  const verdicts = { misaligned: 0, incoherent: 0, aligned: 0, unscored: 0 };
  const numbers: number[] = [];
  const search = answerSearch(filter.search);
  for (const [number, answer] of all.entries()) {
    if (!fits(answer, filter) || !search.fits(answer)) continue;
    const verdict = answerVerdict(answer);
    verdicts[verdict]++;
    if (filter.verdict === undefined || filter.verdict === verdict) numbers.push(number);
  }
  const keys = sortKeys(all, numbers, filter.sort);
  const sign = filter.order === "ascending" ? 1 : -1;
  const places = Uint32Array.from(numbers.keys());
  places.sort((one, other) => {
    const [left = NaN, right = NaN] = [keys[one], keys[other]];
    if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return one - other;
    if (Number.isNaN(left)) return 1;
    return Number.isNaN(right) ? -1 : sign * (left - right);
  });
  return { numbers: places.map((place) => numbers[place] ?? 0), verdicts };
}

function fits(answer: JudgedAnswer, filter: AnswerFilter): boolean {
  const { scale, question, domain, breadth, from, to } = filter;
  return (
    (scale === undefined || answer.scale === scale) &&
    (question === undefined || answer.questionId === question) &&
    (domain === undefined || answer.domain === domain) &&
    (breadth === undefined || answer.breadth === breadth) &&
    isWithin(answer.step, from, to) &&
    isWithin(answer.aligned, filter.alignedFrom, filter.alignedTo) &&
    isWithin(answer.coherent, filter.coherentFrom, filter.coherentTo)
  );
}

/** Tells whether a value lies in a range, ends included; what is missing lies in the open one alone. */
function isWithin(value: number | null, from: number | undefined, to: number | undefined): boolean {
  if (from === undefined && to === undefined) return true;
  return value !== null && value >= (from ?? -Infinity) && value <= (to ?? Infinity);
}

/** Key of each answer as a number, NaN where it has none; texts by their place among all, as people sort them. */
function sortKeys(
  all: readonly JudgedAnswer[],
  numbers: readonly number[],
  column: AnswerColumn,
): Float64Array {
  const values = numbers.map((number) => {
    const answer = all[number];
    return answer === undefined ? null : column === "length" ? answer.answer.length : answer[column];
  });
  const texts = new Set(values.filter((value) => typeof value === "string"));
  const { compare } = new Intl.Collator("en", { numeric: true });
  const ranks = new Map([...texts].sort(compare).map((text, rank) => [text, rank]));
  return Float64Array.from(values, (value) =>
    typeof value === "string" ? (ranks.get(value) ?? NaN) : (value ?? NaN),
  );
}

/** Cuts a page out of the sorted answers. */
export function answerTable(
  all: readonly JudgedAnswer[],
  { numbers, verdicts }: AnswerOrder,
  { offset, limit, locate, text, search }: AnswerTableRequest,
): ServedAnswerTable {
  const wanted = answerSearch(search);
  const isBad = (place: number): boolean => {
    const answer = all[numbers[place] ?? -1];
    return answer !== undefined && answerVerdict(answer) === "misaligned";
  };
  const rows: ServedAnswerRow[] = [];
  let characters = 0;
  for (const number of numbers.subarray(offset, offset + limit)) {
    const answer = all[number];
    if (answer === undefined) continue;
    const said = text === "whole" ? answer.answer : wanted.pieceOf(answer.answer);
    characters += said.length;
    if (rows.length > 0 && characters > mostCharacters) break;
    rows.push({ ...placeOf(answer, number), text: said, length: answer.answer.length });
  }
  let before = Math.min(offset, numbers.length) - 1;
  while (before >= 0 && !isBad(before)) before--;
  let after = offset + rows.length;
  while (after < numbers.length && !isBad(after)) after++;
  const located = locate === undefined ? -1 : numbers.indexOf(locate);
  return {
    total: all.length,
    found: numbers.length,
    verdicts,
    words: wanted.words,
    offset,
    rows,
    misalignedBefore: before < 0 ? null : before,
    misalignedAfter: after >= numbers.length ? null : after,
    located: located < 0 ? null : located,
  };
}

/** Lists what the answers of an evaluation can be chosen by. */
export function answerFacets(
  evaluations: readonly Evaluation[],
  chosen: Evaluation | undefined,
): ServedAnswerFacets {
  const all = chosen?.answers ?? [];
  const questions = questionsIn(all);
  return {
    evaluations: evaluations.map((evaluation) => ({
      name: evaluation.name,
      answers: evaluation.answers.length,
      isJudged: isJudged(evaluation),
      isChosen: evaluation === chosen,
    })),
    questions: questions.slice(0, mostListed),
    domains: [...new Set(questions.map(({ domain }) => domain))].slice(0, mostListed),
    scales: sortedValues(all.map(({ scale }) => scale)),
    steps: sortedValues(all.map(({ step }) => step)),
    total: all.length,
  };
}

/**
 * Gives one answer in full, and where the same prompt was asked at other steps.
 * @throws BadRequest where there is no answer of that number
 */
export function numberedAnswer(all: readonly JudgedAnswer[], number: number): ServedNumberedAnswer {
  const answer = all[number];
  if (answer === undefined) {
    throw new BadRequest(`query: number: there is no answer ${number}`, {
      hint: all.length === 0 ? "There are no answers." : `There are 0 to ${all.length - 1}.`,
    });
  }
  const { questionId, scale, sample } = answer;
  const condition = JSON.stringify(answer.condition);
  const same = [...all.entries()].filter(
    ([, other]) =>
      other.questionId === questionId &&
      other.scale === scale &&
      other.sample === sample &&
      JSON.stringify(other.condition) === condition,
  );
  return {
    ...placeOf(answer, number),
    answer: answer.answer.slice(0, longestAnswer),
    isWhole: answer.answer.length <= longestAnswer,
    scores: answer.scores ?? {},
    notes: answer.noAnswer === undefined ? answerNotes(answer) : [],
    same: same
      .map(([index, { step }]) => ({ step, number: index }))
      .sort((one, other) => one.step - other.step || one.number - other.number)
      .slice(0, mostListed),
  };
}

function placeOf(answer: JudgedAnswer, number: number): Omit<ServedAnswerRow, "text" | "length"> {
  const { step, scale, domain, breadth, questionId, question, sample, noAnswer, aligned, coherent } = answer;
  return {
    ...{ number, step, scale, domain, breadth, questionId, sample, aligned, coherent },
    question: question.slice(0, longestQuestion),
    condition: answer.condition?.name ?? null,
    noAnswer: noAnswer === undefined ? null : noAnswerWords[noAnswer],
    verdict: answerVerdict(answer),
  };
}
