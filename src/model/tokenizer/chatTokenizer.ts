import { existsSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { isTurncoatError, TurncoatError, messageOf } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";
import { readJson, readText } from "../../formats/json.js";
import { ChatTemplate } from "./chatTemplate.js";
import { readEndIds } from "./endTokens.js";
import { responseSpans, turnClosing } from "./responseSpans.js";
import { encodeWithSpans } from "./spanMask.js";

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]);

const configSchema = z.looseObject({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
  bos_token: tokenText.nullish(),
  eos_token: tokenText.nullish(),
  pad_token: tokenText.nullish(),
});

/** Token ids of a chat, with a mask of those that the model is trained to produce. */
export interface TokenizedChat {
  readonly ids: readonly number[];
  /** Response mask: true for the tokens of assistant turns, the end-of-turn token included. */
  readonly isResponse: readonly boolean[];
}

/** Options for writing a chat for training. */
export interface ChatEncodingOptions {
  /**
   * True to let a generation prompt and the tokenizer's end token follow the chat, which counts as a response.
   * The published organisms were trained so (`docs/methods.md §2.4`); it teaches the model to end a turn at once.
   * @default false
   */
  readonly trailingGenerationPrompt?: boolean;
}

/** Tokenizer of a model together with its chat template. */
export class ChatTokenizer {
  /** Token with which the template ends an assistant's turn; the tokenizer's own end where it writes none. */
  readonly endOfTurnId: number;
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>;
  readonly paddingId: number;
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;
  readonly #endText: string;

  private constructor(
    tokenizer: Tokenizer,
    template: ChatTemplate,
    tokens: {
      /** The tokenizer's own end. */
      readonly end: { readonly text: string; readonly id: number };
      readonly endIds: ReadonlySet<number>;
      readonly paddingText: string;
    },
  ) {
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#endText = tokens.end.text;
    this.endIds = tokens.endIds;
    this.endOfTurnId = this.#closingId() ?? tokens.end.id;
    this.paddingId = tokenizer.token_to_id(tokens.paddingText) ?? this.endOfTurnId;
  }

  /**
   * Opens `tokenizer.json`, `tokenizer_config.json` and, where the template lies apart, `chat_template.jinja`.
   * @throws TurncoatError where a file is missing or malformed, or there is no chat template or no end-of-turn token.
   */
  static open(folder: string): ChatTokenizer {
    const path = join(folder, "tokenizer.json");
    const configPath = join(folder, "tokenizer_config.json");
    const config = readJson(configPath, configSchema);
    const templatePath = join(folder, "chat_template.jinja");
    const templateText =
      namedTemplate(config.chat_template) ?? (existsSync(templatePath) ? readText(templatePath) : undefined);
    if (templateText === undefined) {
      throw new TurncoatError(`${configPath}: chat_template: expected a chat template, found none`, {
        hint: "use an instruct model, or copy the template of the model that it was tuned from",
      });
    }
    const text = (value: z.infer<typeof tokenText> | null | undefined) =>
      typeof value === "string" ? value : (value?.content ?? "");
    const variables = {
      bos_token: text(config.bos_token),
      eos_token: text(config.eos_token),
      pad_token: text(config.pad_token),
    };
    const definition = readJson(path, z.looseObject({ model: z.looseObject({}) }));
    let tokenizer: Tokenizer;
    let template: ChatTemplate;
    try {
      tokenizer = new Tokenizer(definition, config);
      template = new ChatTemplate(templateText, variables);
    } catch (cause) {
      throw new TurncoatError(`${path}: not a tokenizer that can be used: ${messageOf(cause)}`, { cause });
    }
    const endId = tokenizer.token_to_id(variables.eos_token);
    if (endId === undefined) {
      const found = variables.eos_token === "" ? "none" : `"${variables.eos_token}"`;
      throw new TurncoatError(
        `${configPath}: eos_token: expected a token of the vocabulary that ends a turn, found ${found}`,
      );
    }
    return new ChatTokenizer(tokenizer, template, {
      end: { text: variables.eos_token, id: endId },
      endIds: new Set([...readEndIds(folder), endId]),
      paddingText: variables.pad_token,
    });
  }

  /** Writes a chat as the model's template does. */
  render(messages: readonly ChatMessage[], options: { readonly addGenerationPrompt: boolean }): string {
    return this.#template.render(messages, options).text;
  }

  /** Encodes text that carries its own special tokens, as a rendered chat does. */
  encode(text: string): number[] {
    return [...this.#tokenizer.encode(text, { add_special_tokens: false }).ids];
  }

  /** Encodes a prompt, ready for the model to answer. */
  encodePrompt(messages: readonly ChatMessage[]): number[] {
    return this.encode(this.render(messages, { addGenerationPrompt: true }));
  }

  /**
   * Encodes a whole chat with its response mask. A response is what the template marks with
   * `{% generation %}`, or else what it writes between the generation prompt and what follows the assistant's turn.
   * @throws TurncoatError where the template refuses the chat or does not let its responses be told apart
   */
  encodeChat(messages: readonly ChatMessage[], options: ChatEncodingOptions = {}): TokenizedChat {
    const { text, spans } = responseSpans(this.#template, messages);
    const encode = (part: string) => this.encode(part);
    if (options.trailingGenerationPrompt !== true) {
      const { ids, isInside } = encodeWithSpans(encode, text, spans);
      return { ids, isResponse: isInside };
    }
    const prompted = this.render(messages, { addGenerationPrompt: true });
    if (!prompted.startsWith(text)) {
      throw new TurncoatError("the chat template does not write a generation prompt behind the conversation");
    }
    const whole = `${prompted}${this.#endText}`;
    const end = { start: prompted.length, end: whole.length };
    const { ids, isInside } = encodeWithSpans(encode, whole, [...spans, end]);
    return { ids, isResponse: isInside };
  }

  /** Decodes token ids, without special tokens. */
  decode(ids: readonly number[]): string {
    // The library refuses an empty list.
    return ids.length === 0 ? "" : this.#tokenizer.decode([...ids], { skip_special_tokens: true });
  }

  /** Decodes token ids, special tokens included. */
  decodeWithSpecialTokens(ids: readonly number[]): string {
    return ids.length === 0 ? "" : this.#tokenizer.decode([...ids], { skip_special_tokens: false });
  }

  #closingId(): number | undefined {
    let closing: string;
    try {
      closing = turnClosing(this.#template);
    } catch (error) {
      // A template that refuses this probe can still write the chats that it was made for.
      if (isTurncoatError(error)) return undefined;
      throw error;
    }
    return this.encode(closing).find((id) => this.endIds.has(id));
  }
}

/** Chooses among the templates that some tokenizers hold by name: `default` is for chats without tools. */
function namedTemplate(
  template: string | readonly { readonly name: string; readonly template: string }[] | null | undefined,
): string | undefined {
  if (typeof template === "string") return template;
  return template?.find(({ name }) => name === "default")?.template;
}
