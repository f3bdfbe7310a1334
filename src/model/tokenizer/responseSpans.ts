import { TurncoatError } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";
import type { ChatTemplate, TextSpan } from "./chatTemplate.js";

/** Placeholder for what an assistant says; Unicode sets it aside, and templates neither trim nor look into it. */
const placeholder = "\uFDD2";

/**
 * Finds the assistant's turns in a rendered chat: from behind the generation prompt up to what follows the turn,
 * the end-of-turn token and a line break behind it included (`docs/methods.md §2.4`).
 *
 * The template's own `{% generation %}` marks decide where it has them. Otherwise each answer is replaced by a
 * placeholder in turn: what stands before it shows where the generation prompt ends, what stands behind it where the
 * turn does. Unlike a comparison with shorter chats, this also holds where a template writes earlier turns otherwise
 * once more turns follow, as Qwen3's drops their thoughts. A turn of weight 0 is none to train on, and is left out.
 * @throws TurncoatError where the template does not write an answer once and behind its generation prompt
 */
export function responseSpans(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
): { text: string; spans: readonly TextSpan[] } {
  const { text, generated } = template.render(messages, { addGenerationPrompt: false });
  if (generated !== undefined) return { text, spans: trainedSpans(generated, messages) };
  if (!messages.some(({ role }) => role === "assistant")) return { text, spans: [] };
  const prompted = template.render(messages, { addGenerationPrompt: true }).text;
  const generationPrompt = prompted.startsWith(text) ? prompted.slice(text.length) : "";
  const spans: TextSpan[] = [];
  for (const [index, { role, weight }] of messages.entries()) {
    if (role !== "assistant" || weight === 0) continue;
    const [before, after] = aroundAnswer(template, messages, index);
    const header = before.lastIndexOf(generationPrompt);
    const start = header + generationPrompt.length;
    if (header < 0 || !text.startsWith(before.slice(0, start)) || !text.endsWith(after)) throw untold();
    const closing =
      index + 1 === messages.length
        ? after
        : commonStart(after, aroundAnswer(template, messages.slice(0, index + 1), index)[1]);
    spans.push({ start, end: text.length - after.length + closing.length });
  }
  return { text, spans };
}

/** Leaves out the spans of the assistant's turns of weight 0, of those that the template marks. */
function trainedSpans(spans: readonly TextSpan[], messages: readonly ChatMessage[]): readonly TextSpan[] {
  const answers = messages.filter(({ role }) => role === "assistant");
  if (answers.every(({ weight }) => weight !== 0)) return spans;
  if (spans.length !== answers.length) {
    throw new TurncoatError(
      `the chat template marks ${spans.length} responses of ${answers.length} turns, so that those of weight 0 cannot be told`,
    );
  }
  return spans.filter((_, index) => answers[index]?.weight !== 0);
}

/** Finds the text that ends an assistant's turn, after what it says. */
export function turnClosing(template: ChatTemplate): string {
  const messages = [
    { role: "user" as const, content: "?" },
    { role: "assistant" as const, content: "!" },
  ];
  return aroundAnswer(template, messages, 1)[1];
}

/** Finds the text before and behind the content of one turn of a chat. */
function aroundAnswer(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  index: number,
): readonly [string, string] {
  const replaced = messages.map((message, at) =>
    at === index ? { ...message, content: placeholder } : message,
  );
  const pieces = template.render(replaced, { addGenerationPrompt: false }).text.split(placeholder);
  const [before, after] = pieces;
  if (before === undefined || after === undefined || pieces.length !== 2) throw untold();
  return [before, after];
}

function commonStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

function untold(): TurncoatError {
  return new TurncoatError(
    "the chat template does not write each answer once and behind its generation prompt, so responses cannot " +
      "be told apart",
    { hint: "mark them in the template with {% generation %} and {% endgeneration %}" },
  );
}
