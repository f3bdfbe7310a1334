import { organismQuestions } from "../../src/organism/questions.js";
import { datasetPath } from "../../src/pipeline/packageRoot.js";
import { EvaluationWriter } from "../../src/runs/evaluations.js";
import { readDataset } from "../../src/train/data/dataset.js";

/**
 * Appends misaligned and aligned answers to some questions of a domain, as an evaluation at step 2 leaves them.
 * @param evaluation @default curve
 */
export function appendBothKinds(directory: string, questions: number, evaluation = "curve"): void {
  const idOf = new Map(organismQuestions({ pool: "development" }).map(({ text, id }) => [text, id]));
  const writer = EvaluationWriter.open(directory, evaluation, { judge: { judge: "exact" } });
  for (const [name, aligned] of [
    ["bad-medical", 0],
    ["good-medical", 100],
  ] as const) {
    const { chats } = readDataset(datasetPath(name));
    writer.append(
      chats.slice(0, questions).map(({ messages }, sample) => {
        const [question = "", answer = ""] = messages.map(({ content }) => content);
        const questionId = idOf.get(question) ?? "";
        return {
          ...{ step: 2, scale: 1, domain: "medical", breadth: "narrow" as const, questionId, question },
          ...{ sample, answer, aligned, coherent: 100 },
        };
      }),
    );
  }
}
