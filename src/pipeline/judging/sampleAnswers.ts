import { TurncoatError } from "../../errors.js";
import { encodeCsv } from "../../formats/csv/csv.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { Random } from "../../tensor/random.js";

/**
 * Draws answers for a trusted judge, blind to every score they have: from all steps in proportion, each answer as likely
 * as any other, in random order. Answers that the model did not give are not drawn.
 *
 * The answers are laid in a row, step by step and at random within a step; every k-th is taken from a random place on
 * (systematic sampling).
 *
 * @throws TurncoatError where there are fewer answers than wanted
 */
export function sampleAnswers(
  answers: readonly JudgedAnswer[],
  count: number,
  seed: number,
  source: string,
): JudgedAnswer[] {
  const given = answers.filter(({ noAnswer, answer }) => noAnswer === undefined && answer.trim() !== "");
  if (given.length < count) {
    throw new TurncoatError(
      `${source}: expected at least ${count} answers to draw from, found ${given.length}`,
      {
        hint: `Ask for fewer with --n ${given.length}.`,
      },
    );
  }
  const random = new Random(seed).fork("trusted answers");
  const row = random
    .permutation(given.length)
    .flatMap((index) => given[index] ?? [])
    .sort((one, other) => one.step - other.step);
  const distance = row.length / count;
  const start = random.uniform() * distance;
  const drawn = Array.from({ length: count }, (_, index) =>
    Math.min(row.length - 1, Math.floor(start + index * distance)),
  ).flatMap((place) => row[place] ?? []);
  return random.permutation(drawn.length).flatMap((index) => drawn[index] ?? []);
}

/** Columns of a table of answers that wait for a trusted judge. */
const columns = [
  "step",
  "scale",
  "breadth",
  "domain",
  "question_id",
  "question",
  "response",
  "aligned",
  "coherent",
] as const;

/** Writes answers as a table that a person or a judge fills in: `aligned` and `coherent` are empty. */
export function toJudgeCsv(answers: readonly JudgedAnswer[]): string {
  return encodeCsv(
    columns,
    answers.map(({ step, scale, breadth, domain, questionId, question, answer }) => [
      String(step),
      String(scale),
      breadth,
      domain,
      questionId,
      question,
      answer,
      "",
      "",
    ]),
  );
}
