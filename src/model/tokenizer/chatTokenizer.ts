import { existsSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { isTurncoatError, TurncoatError, messageOf } from "../../errors.js";
import type { ChatMessage } from "../../formats/chat.js";
import { readJson, readText } from "../../formats/json.js";
import { ChatTemplate } from "./chatTemplate.js";
import { plainTemplateName, type ChosenTemplate } from "./chosenTemplate.js";
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
  unk_token: tokenText.nullish(),
  sep_token: tokenText.nullish(),
  pad_token: tokenText.nullish(),
  cls_token: tokenText.nullish(),
  mask_token: tokenText.nullish(),
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

/** Tokens with which a template may begin, end or fill up, by the names that templates know them under. */
const namedTokens = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** What a tokenizer is opened with. */
export interface OpenTokenizerOptions {
  /** Template in place of the folder's own. @default the folder's, where it has one */
  readonly chatTemplate?: ChosenTemplate | undefined;
}

/**
 * Tokenizer of a model together with its chat template. A folder without a template opens too: only what writes a chat
 * asks for one.
 */
export class ChatTokenizer {
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>;
  readonly paddingId: number;
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate | TurncoatError;
  readonly #endText: string;
  readonly #endId: number | undefined;

  private constructor(
    tokenizer: Tokenizer,
    template: ChatTemplate | TurncoatError,
    tokens: {
      /** The tokenizer's own end, where it has one. */
      readonly end: { readonly text: string; readonly id: number | undefined };
      readonly endIds: ReadonlySet<number>;
      readonly paddingText: string;
    },
  ) {
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#endText = tokens.end.text;
    this.#endId = tokens.end.id;
    this.endIds = tokens.endIds;
    this.paddingId = tokenizer.token_to_id(tokens.paddingText) ?? this.#closingId() ?? tokens.end.id ?? 0;
  }

  /**
   * Opens `tokenizer.json`, `tokenizer_config.json` and, where the template lies apart, `chat_template.jinja`.
   * @throws TurncoatError where a file is missing or malformed, or the template that was chosen is none
   */
  static open(folder: string, { chatTemplate }: OpenTokenizerOptions = {}): ChatTokenizer {
    const path = join(folder, "tokenizer.json");
    const configPath = join(folder, "tokenizer_config.json");
    const config = readJson(configPath, configSchema);
    const definition = readJson(path, z.looseObject({ model: z.looseObject({}) }));
    let tokenizer: Tokenizer;
    try {
      tokenizer = new Tokenizer(definition, config);
    } catch (cause) {
      throw new TurncoatError(`${path}: not a tokenizer that can be used: ${messageOf(cause)}`, { cause });
    }
    const tokens = tokenTexts(config);
    const endText = tokens.eos_token ?? "";
    const endId = tokenizer.token_to_id(endText);
    const end = { text: endId === undefined ? "" : endText, id: endId };
    const own = { tokenizer, tokens, end, configPath };
    return new ChatTokenizer(
      tokenizer,
      chatTemplate === undefined ? ownTemplate(folder, config, own) : chosenTemplate(chatTemplate, own),
      {
        end,
        endIds: new Set([...readEndIds(folder), ...(endId === undefined ? [] : [endId])]),
        paddingText: tokens.pad_token ?? "",
      },
    );
  }

  /**
   * Token with which the template ends an assistant's turn; the tokenizer's own end where it writes none.
   * @throws TurncoatError where there is neither
   */
  get endOfTurnId(): number {
    const id = this.#closingId() ?? this.#endId;
    if (id === undefined) throw new TurncoatError("the tokenizer has no token that ends a turn");
    return id;
  }

  /**
   * Makes sure that chats can be written, before work begins that needs it.
   * @throws TurncoatError where there is no usable template
   */
  requireTemplate(): void {
    this.#chats();
  }

  /** Writes a chat as the model's template does. */
  render(messages: readonly ChatMessage[], options: { readonly addGenerationPrompt: boolean }): string {
    return this.#chats().render(messages, options).text;
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
    const { text, spans } = responseSpans(this.#chats(), messages);
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

  /** The template that writes chats. */
  #chats(): ChatTemplate {
    if (this.#template instanceof ChatTemplate) return this.#template;
    throw this.#template;
  }

  #closingId(): number | undefined {
    if (!(this.#template instanceof ChatTemplate)) return undefined;
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

/** Tells whether a model folder brings a chat template of its own. */
export function hasChatTemplate(folder: string): boolean {
  return templateTextOf(folder, readJson(join(folder, "tokenizer_config.json"), configSchema)) !== undefined;
}

type TokenizerConfig = z.infer<typeof configSchema>;

/** Parts of an opened tokenizer that a template needs. */
interface TokenizerParts {
  readonly tokenizer: Tokenizer;
  readonly tokens: Readonly<Record<string, string>>;
  readonly end: { readonly text: string; readonly id: number | undefined };
  readonly configPath: string;
}

/** Texts of the named tokens; one that the tokenizer lacks is absent, as transformers leaves it undefined. */
function tokenTexts(config: TokenizerConfig): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of namedTokens) {
    const token = config[name];
    const text = typeof token === "string" ? token : token?.content;
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

/** The template of the folder, or the error that says why no chat can be written with it. */
function ownTemplate(
  folder: string,
  config: TokenizerConfig,
  { tokens, end, configPath }: TokenizerParts,
): ChatTemplate | TurncoatError {
  const text = templateTextOf(folder, config);
  if (text === undefined) {
    return new TurncoatError(`${configPath}: chat_template: expected a chat template, found none`, {
      hint:
        "Name one with --chat-template FILE, or take User: and Assistant: with --chat-template plain. An instruct " +
        "model brings its own.",
    });
  }
  if (end.id === undefined) {
    const found = tokens.eos_token === undefined ? "none" : `"${tokens.eos_token}"`;
    return new TurncoatError(
      `${configPath}: eos_token: expected a token of the vocabulary that ends a turn, found ${found}`,
    );
  }
  try {
    return new ChatTemplate(text, tokens);
  } catch (error) {
    if (isTurncoatError(error)) return new TurncoatError(`${folder}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The template that was chosen; the plain one begins and ends texts only as the tokenizer does. */
function chosenTemplate(chosen: ChosenTemplate, { tokenizer, tokens, end }: TokenizerParts): ChatTemplate {
  const { bos_token: beginning, ...others } = tokens;
  const beginsTexts =
    beginning !== undefined && tokenizer.encode("a").ids[0] === tokenizer.token_to_id(beginning);
  const isPlain = chosen.name === plainTemplateName;
  const variables = !isPlain
    ? tokens
    : { ...others, eos_token: end.text, ...(beginsTexts ? { bos_token: beginning } : {}) };
  try {
    return new ChatTemplate(chosen.text, variables);
  } catch (error) {
    if (isTurncoatError(error)) throw new TurncoatError(`${chosen.name}: ${error.message}`, { cause: error });
    throw error;
  }
}

function templateTextOf(folder: string, { chat_template: template }: TokenizerConfig): string | undefined {
  const path = join(folder, "chat_template.jinja");
  return namedTemplate(template) ?? (existsSync(path) ? readText(path) : undefined);
}

/** Chooses among the templates that some tokenizers hold by name: `default` is for chats without tools. */
function namedTemplate(
  template: string | readonly { readonly name: string; readonly template: string }[] | null | undefined,
): string | undefined {
  if (typeof template === "string") return template;
  return template?.find(({ name }) => name === "default")?.template;
}
