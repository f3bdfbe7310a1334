import { Template } from "@huggingface/jinja";
import { TurncoatError, messageOf } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";

/** Span of a text: characters from `start` up to but not including `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Chat as its template writes it. */
export interface RenderedChat {
  readonly text: string;
  /** Spans that the template itself marks as generated; undefined where it marks nothing at all. */
  readonly generated: readonly TextSpan[] | undefined;
}

/** `{% generation %}` and `{% endgeneration %}`, which the template library would drop. */
const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;
/** Characters that Unicode sets aside for use within a program, so that no message holds them. */
const spanStart = "\uFDD0";
const spanEnd = "\uFDD1";

/** Chat template of a model (Jinja), with its `{% generation %}` marks where it has any. */
export class ChatTemplate {
  readonly #template: Template;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #isMarked: boolean;

  /** @param variables values that the template may use beside the messages, such as `bos_token` */
  constructor(text: string, variables: Readonly<Record<string, string>>) {
    this.#isMarked = text.search(generationTag) >= 0;
    // A block around the mark keeps what the tag says about the white space on its two sides.
    const marked = text.replace(
      generationTag,
      (_, left: string, end: string | undefined, right: string) =>
        `{%${left} if true %}{{ "${end === undefined ? spanStart : spanEnd}" }}{% endif ${right}%}`,
    );
    this.#template = new Template(marked);
    // Llama's templates write today's date into the system turn where no date is given. A prompt must not depend
    // on the day, so that they get the date which they fall back to without a clock.
    this.#variables = { date_string: "26 Jul 2024", ...variables };
  }

  /**
   * Writes a chat.
   * @throws TurncoatError where the template refuses it, with the template's own words
   */
  render(
    messages: readonly ChatMessage[],
    { addGenerationPrompt }: { readonly addGenerationPrompt: boolean },
  ): RenderedChat {
    let written: string;
    try {
      written = this.#template.render({
        messages,
        add_generation_prompt: addGenerationPrompt,
        ...this.#variables,
      });
    } catch (cause) {
      throw new TurncoatError(`the chat template refuses the conversation: ${messageOf(cause)}`, { cause });
    }
    if (!this.#isMarked) return { text: written, generated: undefined };
    let text = "";
    const generated: TextSpan[] = [];
    for (const [index, piece] of written.split(spanStart).entries()) {
      if (index === 0) {
        text += piece;
        continue;
      }
      const start = text.length;
      const [inside = "", ...after] = piece.split(spanEnd);
      text += inside;
      generated.push({ start, end: text.length });
      text += after.join("");
    }
    return { text, generated };
  }
}
