import { createHash } from "node:crypto";
import { basename } from "node:path";
import { defaultThresholds } from "../../analysis/behavior/rates.js";
import type { AnswerSource, SamplePlan } from "../../evaluate/sampling/answerSource.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { jsonObjectOf, type JsonObject } from "../../formats/json.js";

/** Origin of questions: a file, or a set that ships with Turncoat. */
export type QuestionsOrigin = { readonly file: string } | { readonly set: string };

/**
 * Records how the answers of an evaluation are produced: questions, sampling, judge and thresholds. Answers of two
 * evaluations that differ in any of it are never mixed. Steps and factors are no part of it, as each answer has its
 * own.
 *
 * `questionsSha256` is over everything that is asked: ids, domains, breadths and every turn of every wording.
 */
export function evaluationProvenance(
  { questions, samplesPerQuestion, temperature, maxNewTokens, seed }: SamplePlan,
  origin: QuestionsOrigin | null,
  judge: Judge,
  source: AnswerSource,
): JsonObject {
  const asked = questions.map(({ id, domain, breadth, messages, otherWordings = [] }) => [
    id,
    domain,
    breadth,
    [messages, ...otherWordings].map((wording) => wording.map(({ role, content }) => [role, content])),
  ]);
  return jsonObjectOf({
    formatVersion: 2,
    questions: questions.map(({ id }) => id),
    questionsSha256: createHash("sha256").update(JSON.stringify(asked)).digest("hex"),
    questionsFrom: origin === null ? null : originOf(origin),
    samplesPerQuestion: samplesOf(questions, samplesPerQuestion),
    temperature,
    maxNewTokens,
    seed,
    sampler: source.description,
    judge: judge.description,
    thresholds: defaultThresholds,
  });
}

function originOf(origin: QuestionsOrigin): JsonObject {
  return "set" in origin
    ? { set: origin.set }
    : { file: basename(origin.file), sha256: sha256OfFile(origin.file) };
}

/** Samples of each question: one number, or one by question where they differ. */
function samplesOf(questions: SamplePlan["questions"], otherwise: number): number | Record<string, number> {
  const own = questions.map(({ id, samples = otherwise }) => [id, samples] as const);
  const numbers = new Set(own.map(([, samples]) => samples));
  const [only] = numbers;
  return numbers.size === 1 && only !== undefined ? only : Object.fromEntries(own);
}
