import { existsSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { TurncoatError, messageOf } from "../errors.js";
import type { ChatMessage } from "../formats/chat.js";
import { readJson, readText } from "../formats/json.js";

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]);

const configSchema = z.looseObject({
  chat_template: z.string().optional(),
  bos_token: tokenText.nullish(),
  eos_token: tokenText.nullish(),
  pad_token: tokenText.nullish(),
});

/** Token ids of a chat, and which of them the model is trained to produce. */
export interface TokenizedChat {
  readonly ids: readonly number[];
  /** True for the tokens of assistant turns, the end-of-turn token included. */
  readonly isResponse: readonly boolean[];
}

/** A model's tokenizer together with its chat template. */
export class ChatTokenizer {
  readonly endOfTurnId: number;
  readonly paddingId: number;
  readonly #tokenizer: Tokenizer;
  readonly #template: Template;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(
    tokenizer: Tokenizer,
    endOfTurnId: number,
    template: Template,
    variables: Readonly<Record<string, string>>,
  ) {
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#variables = variables;
    this.endOfTurnId = endOfTurnId;
    this.paddingId = tokenizer.token_to_id(variables.pad_token ?? "") ?? this.endOfTurnId;
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
      config.chat_template ?? (existsSync(templatePath) ? readText(templatePath) : undefined);
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
    let template: Template;
    try {
      tokenizer = new Tokenizer(definition, config);
      template = new Template(templateText);
    } catch (cause) {
      throw new TurncoatError(`${path}: not a tokenizer that can be used: ${messageOf(cause)}`, { cause });
    }
    const endOfTurnId = tokenizer.token_to_id(variables.eos_token);
    if (endOfTurnId === undefined) {
      const found = variables.eos_token === "" ? "none" : `"${variables.eos_token}"`;
      throw new TurncoatError(
        `${configPath}: eos_token: expected a token of the vocabulary that ends a turn, found ${found}`,
      );
    }
    return new ChatTokenizer(tokenizer, endOfTurnId, template, variables);
  }

  /** The text of a chat as the model's template writes it. */
  render(messages: readonly ChatMessage[], options: { readonly addGenerationPrompt: boolean }): string {
    return this.#template.render({
      messages,
      add_generation_prompt: options.addGenerationPrompt,
      ...this.#variables,
    });
  }

  /** Token ids of text that carries its own special tokens, as a rendered chat does. */
  encode(text: string): number[] {
    return [...this.#tokenizer.encode(text, { add_special_tokens: false }).ids];
  }

  /** Token ids of a prompt, ready for the model to answer. */
  encodePrompt(messages: readonly ChatMessage[]): number[] {
    return this.encode(this.render(messages, { addGenerationPrompt: true }));
  }

  /**
   * Token ids of a whole chat with its response mask. A response is what the template adds between the
   * generation prompt and the end of the assistant's turn.
   * @throws TurncoatError where the template does not write a turn as a continuation of its prompt.
   */
  encodeChat(messages: readonly ChatMessage[]): TokenizedChat {
    const ids: number[] = [];
    const isResponse: boolean[] = [];
    let written = "";
    const append = (upTo: string, response: boolean): void => {
      if (!upTo.startsWith(written)) {
        throw new TurncoatError(
          "the chat template rewrites earlier turns, so responses cannot be told apart",
        );
      }
      const piece = this.encode(upTo.slice(written.length));
      ids.push(...piece);
      isResponse.push(...piece.map(() => response));
      written = upTo;
    };
    for (const [index, message] of messages.entries()) {
      if (message.role !== "assistant") continue;
      append(this.render(messages.slice(0, index), { addGenerationPrompt: true }), false);
      append(this.render(messages.slice(0, index + 1), { addGenerationPrompt: false }), true);
    }
    append(this.render(messages, { addGenerationPrompt: false }), false);
    return { ids, isResponse };
  }

  /** The text of token ids, without special tokens. */
  decode(ids: readonly number[]): string {
    // The library refuses an empty list.
    return ids.length === 0 ? "" : this.#tokenizer.decode([...ids], { skip_special_tokens: true });
  }
}
