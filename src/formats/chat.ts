import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { encodeJsonLine } from "./jsonl.js";
import { parseJsonText, readText } from "./json.js";

/** One turn of a conversation. */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** One conversation: a training example. */
export interface Chat {
  messages: ChatMessage[];
}

const messageSchema = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });
const chatSchema = z.object({ messages: z.array(messageSchema).min(1) });
const expected = `{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}`;

/**
 * Reads a data set of conversations: one JSON object a line with the key `messages`. Other keys are ignored,
 * empty lines are skipped.
 *
 * @throws TurncoatError naming `file:line`, what was expected and what was found
 */
export function readChats(path: string): Chat[] {
  return parseChats(readText(path), path);
}

/** Parses a data set of conversations that is in memory already; `source` names the file in errors. */
export function parseChats(text: string, source: string): Chat[] {
  const chats: Chat[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") chats.push(parseChat(line, `${source}:${index + 1}`));
  }
  if (chats.length === 0)
    throw new TurncoatError(`${source}: expected one conversation a line, found no lines`);
  return chats;
}

/** Writes conversations as the text of a data set, one JSON object a line. */
export function encodeChats(chats: readonly Chat[]): string {
  return chats.map((chat) => encodeJsonLine(chat)).join("");
}

function parseChat(line: string, source: string): Chat {
  const value = parseJsonText(line, source);
  const result = chatSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path ?? [];
  throw new TurncoatError(`${source}: ${whatWasFound(value, place)}`, {
    hint: `One line looks like ${expected}.`,
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
