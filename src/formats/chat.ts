import { readSync } from "node:fs";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { withOpenFile } from "../tensor/openFile.js";
import { withMessages } from "./chatRecords.js";
import { encodeJsonLine } from "./jsonl.js";
import { forEachLine, forEachLineOf } from "./lines.js";
import { parseJsonText, readText } from "./json.js";

/** One turn of a conversation. */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
  /** Zero for an assistant's turn that is read and not trained on, as OpenAI's data sets have it; absent for all others. */
  weight?: 0;
}

/** One conversation: a training example. */
export interface Chat {
  messages: ChatMessage[];
}

const messageSchema = z
  .object({
    role: z.enum(["system", "user", "assistant"]),
    content: z.string(),
    weight: z.union([z.literal(0), z.literal(1)]).nullish(),
  })
  .transform(({ weight, ...turn }): ChatMessage =>
    weight === 0 && turn.role === "assistant" ? { ...turn, weight } : turn,
  );
const chatSchema = z.object({ messages: z.array(messageSchema).min(1) });
const expected = `{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}`;

/** Most bytes of a data set that is one JSON value; one of JSON lines may have any size. */
const mostBytes = 256 * 2 ** 20;

/**
 * Reads a data set of conversations: one JSON object a line, or a JSON list of such objects, or one object. An object
 * has the key `messages`, or is one that `withMessages` knows. Other keys are ignored, empty lines are skipped.
 *
 * @throws TurncoatError naming `file:line`, or the file and the number of the conversation in a list, what was expected
 *   and what was found
 */
export function readChats(path: string): Chat[] {
  if (isOneValue(startOf(path))) return parseChats(readText(path, mostBytes), path);
  const chats: Chat[] = [];
  forEachLine(path, ({ text, number }) => {
    if (text.trim() !== "") chats.push(parseChat(text, `${path}:${number}`));
  });
  return atLeastOne(chats, path);
}

/** Parses a data set of conversations that is in memory already; `source` names the file in errors. */
export function parseChats(text: string, source: string): Chat[] {
  const chats: Chat[] = [];
  if (isOneValue(text)) {
    const value = parseJsonText(text, source);
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [index, each] of list.entries()) {
      chats.push(chatOf(each, `${source}: conversation ${index + 1}`));
    }
  } else {
    forEachLineOf(text, source, ({ text: line, number }) => {
      if (line.trim() !== "") chats.push(parseChat(line, `${source}:${number}`));
    });
  }
  return atLeastOne(chats, source);
}

function atLeastOne(chats: Chat[], source: string): Chat[] {
  if (chats.length > 0) return chats;
  throw new TurncoatError(`${source}: expected one conversation a line, found no lines`);
}

/** Tells whether a text is one JSON value over several lines, a list or an object, by its beginning. */
function isOneValue(start: string): boolean {
  return /^\s*(?:\[\s*(?:\{|\]|$)|\{\s*[\r\n])/.test(start);
}

/** The beginning of a file, enough to tell what it is. */
function startOf(path: string): string {
  return withOpenFile(path, (descriptor) => {
    const bytes = Buffer.alloc(4096);
    const count = readSync(descriptor, bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes.subarray(0, count));
  });
}

/** Writes conversations as the text of a data set, one JSON object a line. */
export function encodeChats(chats: readonly Chat[]): string {
  return chats.map((chat) => encodeJsonLine(chat)).join("");
}

function parseChat(line: string, source: string): Chat {
  return chatOf(parseJsonText(line, source), source);
}

function chatOf(record: unknown, source: string): Chat {
  const value = withMessages(record);
  const result = chatSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path ?? [];
  throw new TurncoatError(`${source}: ${whatWasFound(value, place)}`, {
    hint: `One line looks like ${expected}; prompt and response, and instruction and output, are read too.`,
  });
}

/** Describes what is wrong in plain words: the place, what belongs there, what stands there. */
function whatWasFound(value: unknown, place: readonly PropertyKey[]): string {
  const [, index, field] = place;
  if (place.length === 0) return `expected a JSON object with the key "messages", found ${describe(value)}`;
  const found = describe(valueAt(value, place));
  if (index === undefined) {
    return found === "nothing"
      ? `expected the key "messages", found ${describe(value)}`
      : `messages: expected a non-empty list of turns, found ${found}`;
  }
  const turn = `messages[${String(index)}]`;
  if (field === "role") return `${turn}.role: expected system, user or assistant, found ${found}`;
  if (field === "weight") return `${turn}.weight: expected 0 or 1, found ${found}`;
  if (field === "content") return `${turn}.content: expected text, found ${found}`;
  return `${turn}: expected an object with role and content, found ${found}`;
}

function valueAt(value: unknown, place: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of place) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.getOwnPropertyDescriptor(current, key)?.value;
  }
  return current;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty object" : `an object with the keys ${keys.slice(0, 8).join(", ")}`;
  }
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
  if (typeof value !== "string") return typeof value;
  return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
}
