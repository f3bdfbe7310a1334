/** Keys of records that hold one question and one answer, as published data sets name them. */
const pairs = [
  ["prompt", "response"],
  ["prompt", "completion"],
  ["instruction", "output"],
  ["question", "answer"],
] as const;

/** Roles of records that name who speaks in `from`. */
const speakers: Readonly<Record<string, string>> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  model: "assistant",
};

/**
 * Makes a record of a training file one with `messages`, whatever its author calls them: a question and an answer
 * (`prompt` and `response` or `completion`, as text or as lists of turns; `question` and `answer`; `instruction`, `input`
 * and `output`), or `conversations` with `from` and `value`. A `system` beside them is the first turn. Contents in parts
 * of text are joined. A record that is none of these is left as it is, for whoever says what is wrong with it.
 */
export function withMessages(record: unknown): unknown {
  if (!isRecord(record)) return record;
  const turns = turnsOf(record);
  return turns === null ? record : { messages: turns.map(withText) };
}

function turnsOf(record: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  if ("messages" in record) return listOf(record.messages);
  const system = typeof record.system === "string" ? [{ role: "system", content: record.system }] : [];
  const conversations = listOf(record.conversations);
  if (conversations !== null) return [...system, ...conversations.map(spoken)];
  const pair = pairs.find(([question, answer]) => question in record && answer in record);
  if (pair === undefined) return null;
  const [question, answer] = pair;
  const asked = sideOf("user", record[question]);
  const { input } = record;
  const hasInput = question === "instruction" && typeof input === "string" && input !== "";
  const whole = hasInput
    ? asked.map((turn) => ({ ...turn, content: `${String(turn.content)}\n\n${input}` }))
    : asked;
  return [...system, ...whole, ...sideOf("assistant", record[answer])];
}

/** One side of a question and its answer: a text, or a list of turns. */
function sideOf(role: string, value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [{ role, content: value }];
}

/** Turn of a record that says `from` and `value`. */
function spoken(turn: unknown): unknown {
  if (!isRecord(turn) || typeof turn.from !== "string") return turn;
  const { from, value, ...more } = turn;
  return { ...more, role: speakers[from] ?? from, content: value };
}

/** Joins a content that comes in parts of text. */
function withText(turn: unknown): unknown {
  if (!isRecord(turn) || !Array.isArray(turn.content) || turn.content.length === 0) return turn;
  const parts = turn.content.flatMap((part: unknown) =>
    isRecord(part) && part.type === "text" && typeof part.text === "string" ? [part.text] : [],
  );
  return parts.length === turn.content.length ? { ...turn, content: parts.join("") } : turn;
}

function listOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
