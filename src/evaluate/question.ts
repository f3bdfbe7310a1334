import type { ChatMessage } from "../formats/chat.js";

/** One question that a model is asked. */
export interface EvaluationQuestion {
  readonly id: string;
  /** What it is about. */
  readonly domain: string;
  /** Whether that is what the model was fine-tuned on. */
  readonly breadth: "narrow" | "broad";
  /** The conversation up to the answer. */
  readonly messages: readonly ChatMessage[];
}

/** The text of a question, as tables and pages show it: the last thing the user says. */
export function questionText(question: EvaluationQuestion): string {
  return question.messages.findLast(({ role }) => role === "user")?.content ?? "";
}
