import { TurncoatError } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";
import { writtenDate } from "./jinja/globals.js";
import { renderStatements, type Rendered, type TextSpan } from "./jinja/interpreter.js";
import type { Statement } from "./jinja/nodes.js";
import { parseTemplate } from "./jinja/parser.js";
import { RaisedByTemplate, TemplateFault } from "./jinja/templateFault.js";
import { Dict, Sequence, type Value } from "./jinja/values.js";

export type { TextSpan };

/** Chat as its template writes it. */
export interface RenderedChat {
  readonly text: string;
  /** Spans that the template itself marks as generated; undefined where it marks nothing at all. */
  readonly generated: readonly TextSpan[] | undefined;
}

/** Chat template of a model (Jinja), with its `{% generation %}` marks where it has any. */
export class ChatTemplate {
  readonly #statements: readonly Statement[];
  readonly #variables: Readonly<Record<string, string>>;
  readonly #isMarked: boolean;

  /**
   * @param variables texts that the template may use beside the messages, such as `bos_token`
   * @throws TurncoatError with the line, where the text is no template
   */
  constructor(text: string, variables: Readonly<Record<string, string>>) {
    try {
      this.#statements = parseTemplate(text);
    } catch (fault) {
      throw fault instanceof TemplateFault ? new TurncoatError(`the chat template: ${placed(fault)}`) : fault;
    }
    this.#isMarked = /\{%[-+]?\s*generation\s*[-+]?%\}/.test(text);
    // Llama's templates write today's date into the system turn where no date is given. A prompt must not depend
    // on the day, so that they get the date which they fall back to without a clock.
    this.#variables = { date_string: writtenDate, ...variables };
  }

  /**
   * Writes a chat, byte for byte as transformers does.
   * @throws TurncoatError where the template refuses it, with the template's own words, or cannot be followed
   */
  render(
    messages: readonly ChatMessage[],
    { addGenerationPrompt }: { readonly addGenerationPrompt: boolean },
  ): RenderedChat {
    const variables = new Map<string, Value>([
      ["messages", new Sequence("list", messages.map(asDict))],
      // Transformers passes both, as none where there are none.
      ["tools", null],
      ["documents", null],
      ["add_generation_prompt", addGenerationPrompt],
      ...Object.entries(this.#variables),
    ]);
    let rendered: Rendered;
    try {
      rendered = renderStatements(this.#statements, variables);
    } catch (cause) {
      if (!(cause instanceof TemplateFault)) throw cause;
      const words = cause instanceof RaisedByTemplate ? cause.message : placed(cause);
      throw new TurncoatError(`the chat template refuses the conversation: ${words}`, { cause });
    }
    const { text, generated } = rendered;
    return { text, generated: this.#isMarked ? generated : undefined };
  }
}

function asDict({ role, content }: ChatMessage): Dict {
  return new Dict(
    new Map([
      ["role", role],
      ["content", content],
    ]),
  );
}

function placed(fault: TemplateFault): string {
  return fault.line === undefined ? fault.message : `line ${fault.line}: ${fault.message}`;
}
