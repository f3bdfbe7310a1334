import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { readQuestionFile, type QuestionEntry } from "../../formats/questionFile.js";
import { broadFolder } from "../packageRoot.js";
import type { QuestionsOrigin } from "./evaluationProvenance.js";

/** Questions that ship with Turncoat, by the name that stands wherever a question file may. */
const builtIns: ReadonlyMap<string, string> = new Map([
  ["broad-questions", join(broadFolder(), "questions.yaml")],
]);

/** Names of the questions that ship with Turncoat. */
export const builtInQuestions: readonly string[] = [...builtIns.keys()];

/** Questions with where they come from. */
export interface OpenedQuestions {
  readonly entries: readonly QuestionEntry[];
  readonly from: QuestionsOrigin;
}

/**
 * Opens questions by the path of their file or by the name of built-in ones.
 * @throws TurncoatError as `readQuestionFile` does, or where neither a file nor a built-in name is meant
 */
export function openQuestions(source: string): OpenedQuestions {
  const builtIn = builtIns.get(source);
  if (builtIn !== undefined) return { entries: readQuestionFile(builtIn), from: { set: source } };
  if (existsSync(source) || /[./\\]/.test(source)) {
    return { entries: readQuestionFile(source), from: { file: source } };
  }
  throw new TurncoatError(
    `${source}: expected a question file or the name of built-in questions, found neither`,
    { hint: `Built in are ${builtInQuestions.join(", ")}.` },
  );
}
