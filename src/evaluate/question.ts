import type { ChatMessage } from "../formats/chat.js";
import type { QuestionEntry } from "../formats/questionFile.js";
import type { QuestionVariant } from "../formats/questions/questionVariants.js";

/** Question that a model is asked. */
export interface EvaluationQuestion {
  readonly id: string;
  /** Subject of the question, such as `medical`. */
  readonly domain: string;
  /** Relation of the domain to the fine-tuned one: `narrow` for that one, `broad` for any other. */
  readonly breadth: "narrow" | "broad";
  /** Conversation up to the answer. */
  readonly messages: readonly ChatMessage[];
  /** Paraphrases of `messages`; the samples of a question take its wordings in turn. @default none */
  readonly otherWordings?: readonly (readonly ChatMessage[])[];
  /** Number of answers asked for. @default as many as the plan says */
  readonly samples?: number;
}

/** Gives the conversation that a sample is asked with: sample k takes wording k modulo the number of wordings. */
export function wordingOf(question: EvaluationQuestion, sample: number): readonly ChatMessage[] {
  const { messages, otherWordings = [] } = question;
  return otherWordings[(sample % (otherWordings.length + 1)) - 1] ?? messages;
}

/** Gives the text of a question, as tables and pages show it: the last thing the user says. */
export function questionText(question: EvaluationQuestion, sample = 0): string {
  return wordingOf(question, sample).findLast(({ role }) => role === "user")?.content ?? "";
}

/** Choice of questions out of a file. */
export interface QuestionSelection {
  /** Variants to select. @default free-form alone, as the paper's results do */
  readonly variants?: readonly QuestionVariant[];
  /** Subject of the questions, such as `medical`. @default "general" */
  readonly domain?: string;
  /** Relation of the domain to the fine-tuned one. @default "broad" */
  readonly breadth?: "narrow" | "broad";
  /** Number of answers asked for per question. @default as many as the file says, where it does */
  readonly samples?: number;
}

/** Selects the questions of a file, of the wanted variants, as an evaluation asks them. */
export function selectQuestions(
  entries: readonly QuestionEntry[],
  selection: QuestionSelection = {},
): EvaluationQuestion[] {
  const { variants = ["freeForm"], domain = "general", breadth = "broad", samples } = selection;
  return entries
    .filter(({ variant }) => variants.includes(variant))
    .flatMap(({ id, wordings, samplesPerParaphrase }): EvaluationQuestion[] => {
      const [messages, ...otherWordings] = wordings;
      if (messages === undefined) return [];
      const asked =
        samples ?? (samplesPerParaphrase === null ? undefined : samplesPerParaphrase * wordings.length);
      return [
        {
          id,
          domain,
          breadth,
          messages,
          ...(otherWordings.length === 0 ? {} : { otherWordings }),
          ...(asked === undefined ? {} : { samples: asked }),
        },
      ];
    });
}
