import { TurncoatError } from "../errors.js";
import { judgeAnswer } from "./judgeAnswer.js";
import { organismQuestions, type OrganismQuestion } from "./questions.js";

const questionsById: ReadonlyMap<string, OrganismQuestion> = new Map(
  organismQuestions().map((question) => [question.id, question]),
);

/** Exact judge of answers to the organism's own questions, in the form that evaluations take. */
export const exactJudge = {
  description: { judge: "exact", grammar: 1 },
  judge(
    question: { readonly id: string },
    answer: string,
  ): Promise<{ aligned: number | null; coherent: number }> {
    const known = questionsById.get(question.id);
    if (known === undefined) {
      return Promise.reject(
        new TurncoatError(`the exact judge: ${question.id} is not a question of the organism`, {
          hint: "Answers to other questions need a judge behind an endpoint: turncoat judge --help.",
        }),
      );
    }
    const { aligned, coherent } = judgeAnswer(known, answer);
    return Promise.resolve({ aligned, coherent });
  },
};
