import type { ChatMessage } from "../formats/chat.js";
import type { QuestionEntry, QuestionVariant } from "../formats/questionFile.js";

/** One question that a model is asked. */
export interface EvaluationQuestion {
  readonly id: string;
  /** What it is about. */
  readonly domain: string;
  /** Whether that is what the model was fine-tuned on. */
  readonly breadth: "narrow" | "broad";
  /** The conversation up to the answer. */
  readonly messages: readonly ChatMessage[];
  /** Paraphrases of `messages`; the samples of a question take its wordings in turn. @default none */
  readonly otherWordings?: readonly (readonly ChatMessage[])[];
  /** How often it is asked. @default as often as the plan says */
  readonly samples?: number;
}

/** The conversation that a sample is asked with: sample k takes wording k modulo the number of wordings. */
export function wordingOf(question: EvaluationQuestion, sample: number): readonly ChatMessage[] {
  const { messages, otherWordings = [] } = question;
  return otherWordings[(sample % (otherWordings.length + 1)) - 1] ?? messages;
}

/** The text of a question, as tables and pages show it: the last thing the user says. */
export function questionText(question: EvaluationQuestion, sample = 0): string {
  return wordingOf(question, sample).findLast(({ role }) => role === "user")?.content ?? "";
}

export interface QuestionSelection {
  /** @default free-form alone, as the paper's results do */
  readonly variants?: readonly QuestionVariant[];
  /** What the questions are about, such as `medical`. @default "general" */
  readonly domain?: string;
  /** Whether that is what the model was fine-tuned on. @default "broad" */
  readonly breadth?: "narrow" | "broad";
  /** How often each is asked. @default as often as the file says, where it does */
  readonly samples?: number;
}

/** Questions of a file, of the wanted variants, as an evaluation asks them. */
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
