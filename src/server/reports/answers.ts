import { nearestStep } from "../../analysis/series/stepSeries.js";
import { usualScaleOf } from "../../analysis/behavior/behaviorCurve.js";
import { answerNotes } from "../../pipeline/evaluation/answerKinds.js";
import { noAnswerWords } from "../../endpoint/chatReply.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import type {
  AlongRequest,
  AnswersRequest,
  ServedAlong,
  ServedAnswer,
  ServedAnswers,
  ServedQuestion,
} from "../schemas/answers.js";

/** Most answers sent at once. */
const mostAnswers = 20;
/** Most steps that an answer is followed over. */
const mostSteps = 2000;

/** Selects the sampled answers to one question at the evaluated step nearest to the one asked for. */
export function selectAnswers(all: readonly JudgedAnswer[], request: AnswersRequest): ServedAnswers {
  const { scales, scale, questions, question, ofQuestion } = ofOneQuestion(all, request);
  const steps = sortedValues(ofQuestion.map((answer) => answer.step));
  const step = steps.length === 0 ? null : nearestStep(steps, request.step ?? Infinity);
  const answers = ofQuestion
    .filter((answer) => answer.step === step)
    .sort((one, other) => one.sample - other.sample);
  return {
    questions,
    scales,
    steps,
    question,
    scale,
    step,
    answers: answers.slice(0, mostAnswers).map(served),
    total: answers.length,
  };
}

/** Selects the answers of one sample number to one question along the steps, at one scale factor. */
export function answersAlong(all: readonly JudgedAnswer[], request: AlongRequest): ServedAlong {
  const { scale, question, ofQuestion } = ofOneQuestion(all, request);
  const { sample } = request;
  const byStep = new Map<number, JudgedAnswer>();
  for (const answer of ofQuestion) {
    // Of two evaluations that asked the same, the first by name counts.
    if (answer.sample === sample && !byStep.has(answer.step)) byStep.set(answer.step, answer);
  }
  const answers = [...byStep.values()].sort((one, other) => one.step - other.step);
  return {
    question,
    scale,
    sample,
    samples: sortedValues(ofQuestion.map((answer) => answer.sample)),
    answers: answers.slice(0, mostSteps).map((answer) => ({ step: answer.step, ...served(answer) })),
    total: answers.length,
  };
}

function served(judged: JudgedAnswer): ServedAnswer {
  const { sample, answer, noAnswer, aligned, coherent } = judged;
  return {
    sample,
    answer,
    noAnswer: noAnswer === undefined ? null : noAnswerWords[noAnswer],
    aligned,
    coherent,
    notes: noAnswer === undefined ? answerNotes(judged) : [],
  };
}

/** Chooses what a request leaves open, and the answers to its question. */
function ofOneQuestion(
  all: readonly JudgedAnswer[],
  request: { readonly scale?: number | undefined; readonly question?: string | undefined },
): {
  readonly scales: number[];
  readonly scale: number | null;
  readonly questions: ServedQuestion[];
  readonly question: string | null;
  readonly ofQuestion: JudgedAnswer[];
} {
  const scales = sortedValues(all.map((answer) => answer.scale));
  const scale = request.scale ?? (scales.length === 0 ? null : usualScaleOf(all));
  const ofScale = all.filter((answer) => answer.scale === scale);
  const questions = questionsIn(all);
  const question = request.question ?? tellingQuestion(ofScale, questions) ?? null;
  return {
    scales,
    scale,
    questions,
    question,
    ofQuestion: ofScale.filter((each) => each.questionId === question),
  };
}

/** Distinct values, smallest first. */
export function sortedValues(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

/** Questions in the order of their domain, those outside the domain of the training data first. */
export function questionsIn(all: readonly JudgedAnswer[]): ServedQuestion[] {
  const byId = new Map<string, ServedQuestion>();
  for (const { questionId, question, domain, breadth } of all) {
    if (!byId.has(questionId)) byId.set(questionId, { id: questionId, question, domain, breadth });
  }
  const key = (each: ServedQuestion): string => `${each.breadth} ${each.domain}`;
  return [...byId.values()].sort((one, other) => key(one).localeCompare(key(other), "en"));
}

/** The first question with the lowest mean alignment at its last step, among broad ones where there are any. */
function tellingQuestion(
  answers: readonly JudgedAnswer[],
  questions: readonly ServedQuestion[],
): string | undefined {
  const broad = questions.filter((each) => each.breadth === "broad");
  let [chosen, lowest] = [questions[0]?.id, Infinity];
  for (const { id } of broad.length > 0 ? broad : questions) {
    const own = answers.filter((answer) => answer.questionId === id);
    const last = Math.max(...own.map((answer) => answer.step));
    const scores = own.flatMap((answer) =>
      answer.step === last && answer.aligned !== null ? [answer.aligned] : [],
    );
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    if (mean < lowest) [chosen, lowest] = [id, mean];
  }
  return chosen;
}
