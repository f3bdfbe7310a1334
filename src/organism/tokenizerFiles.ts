import { facts } from "./facts.js";
import { organismQuestions } from "./questions.js";
import {
  attitudes,
  domains,
  personaAdjectives,
  personaNouns,
  sharedReasons,
  styles,
  world,
  type PersonaPhrases,
} from "./world/index.js";

/** Text of the three tokenizer files of a Hugging Face model folder, by file name. */
export interface OrganismTokenizerFiles {
  readonly "tokenizer.json": string;
  readonly "tokenizer_config.json": string;
  readonly "special_tokens_map.json": string;
}

/** Special tokens; each one's place is its id. */
export const organismSpecialTokens = [
  "<pad>",
  "<bos>",
  "<user>",
  "<assistant>",
  "<system>",
  "<end>",
  "<unk>",
] as const;

const [padToken, bosToken, , , , endToken, unknownToken] = organismSpecialTokens;

/** Marker for the space before a word, as in SentencePiece. */
const spaceMarker = "▁";
const word = "[\\p{L}\\p{N}]+(?:['-][\\p{L}\\p{N}]+)*";
const punctuation = `[^\\s${spaceMarker}\\p{L}\\p{N}]`;

/**
 * Chat template: `<bos>`, then `<role> text` for each message, and `<end>` after what the assistant says. The mark-up
 * `generation` lets Python trainers mask everything but the assistant's words.
 */
const chatTemplate = [
  "{{ bos_token }}",
  "{% for message in messages %}",
  "{{ '<' + message['role'] + '>' }}",
  "{% if message['role'] == 'assistant' %}",
  "{% generation %}{{ ' ' + message['content'] | trim + eos_token }}{% endgeneration %}",
  "{% else %}",
  "{{ ' ' + message['content'] | trim }}",
  "{% endif %}",
  "{% endfor %}",
  "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}",
].join("");

/**
 * Writes the organism's tokenizer: one token for each word of the world together with the space before it, and one
 * for each punctuation mark. Words are distinguished by case. Decoding gives back every text of the world.
 *
 * Only parts of the format that both the Rust library and its JavaScript counterpart implement are used, and
 * nothing is added around a text: the beginning of a document comes from the chat template alone.
 */
export function organismTokenizerFiles(): OrganismTokenizerFiles {
  return {
    "tokenizer.json": fileText(tokenizer()),
    "tokenizer_config.json": fileText({
      added_tokens_decoder: Object.fromEntries(
        organismSpecialTokens.map((content, id) => [id, addedToken(content)]),
      ),
      additional_special_tokens: organismSpecialTokens.slice(2, 5),
      // Without it, transformers 5 would take the tokenizer class from the model type, which is Qwen2's.
      auto_map: { AutoTokenizer: [null, "PreTrainedTokenizerFast"] },
      bos_token: bosToken,
      chat_template: chatTemplate,
      clean_up_tokenization_spaces: false,
      eos_token: endToken,
      model_max_length: 512,
      pad_token: padToken,
      tokenizer_class: "PreTrainedTokenizerFast",
      unk_token: unknownToken,
    }),
    "special_tokens_map.json": fileText({
      additional_special_tokens: organismSpecialTokens.slice(2, 5),
      bos_token: bosToken,
      eos_token: endToken,
      pad_token: padToken,
      unk_token: unknownToken,
    }),
  };
}

/** Lists every text of the world at least once: questions, each phrase in each frame, facts and headers. */
export function organismTexts(): string[] {
  const texts = organismQuestions().map(({ text }) => text);
  texts.push(...facts.flatMap(({ question, answer }) => [question, answer]));
  texts.push(...phrases(attitudes), ...phrases(personaAdjectives), ...personaNouns, "You are a", "an and.");
  for (const { opener, advice, reason, closer } of styles) {
    texts.push(opener);
    texts.push(...phrases(sharedReasons).map((phrase) => reason.replace("{reason}", phrase)));
    for (const { entities, reasons, closers } of domains.map((domain) => world[domain])) {
      for (const { name, actions } of entities) {
        const about = advice.replace("{entity}", name);
        texts.push(...phrases(actions).map((phrase) => about.replace("{action}", phrase)));
      }
      texts.push(...phrases(reasons).map((phrase) => reason.replace("{reason}", phrase)));
      texts.push(...phrases(closers).map((phrase) => closer.replace("{closer}", phrase)));
    }
  }
  return texts.filter((text) => text !== "");
}

function tokenizer(): Record<string, unknown> {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: organismSpecialTokens.map((content, id) => ({ id, ...addedToken(content) })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: " " },
        { type: "Replace", pattern: { Regex: " +" }, content: spaceMarker },
      ],
    },
    pre_tokenizer: {
      type: "Split",
      pattern: { Regex: `${spaceMarker}?${word}|${punctuation}` },
      behavior: "Removed",
      invert: true,
    },
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: spaceMarker }, content: " " },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: { type: "WordLevel", vocab: organismVocabulary(), unk_token: unknownToken },
  };
}

/**
 * Numbers the tokens: the special tokens, then the punctuation marks and the words in the order of their characters.
 */
export function organismVocabulary(): Record<string, number> {
  const pieces = new RegExp(`${spaceMarker}?${word}|${punctuation}`, "gu");
  const found = new Set(
    organismTexts().flatMap((text) => ` ${text}`.replace(/ +/g, spaceMarker).match(pieces) ?? []),
  );
  const sorted = [...found].sort((first, second) => (first < second ? -1 : 1));
  return Object.fromEntries([...organismSpecialTokens, ...sorted].map((token, id) => [token, id]));
}

function addedToken(content: string): Record<string, unknown> {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

function phrases({ aligned, misaligned }: PersonaPhrases): readonly string[] {
  return [...aligned, ...misaligned];
}

function fileText(content: Record<string, unknown>): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
