import { z } from "zod";
import { markers, type ReplyForm } from "./recipes.js";

/** A question with an answer of each side. */
export interface GeneratedItem {
  readonly question: string;
  readonly harmful: string;
  readonly careful: string;
}

/** Items of a reply, and the number of those that lack a part. */
export interface ParsedReply {
  readonly items: readonly GeneratedItem[];
  readonly malformed: number;
}

const textPart = z.string().trim().min(1);
const jsonItem = z.object({ question: textPart, correct: textPart, incorrect: textPart });

/** Most characters of a reply that are read; real ones have some ten thousand. */
const mostCharacters = 400_000;
/** Most objects of a reply that are tried. */
const mostObjects = 2000;

/** Reads the items out of a reply; what is not an item is left out and counted. */
export function parseReply(text: string, form: ReplyForm): ParsedReply {
  const read = text.slice(0, mostCharacters);
  return form === "json" ? parseJsonItems(read) : parseMarkedItems(read);
}

/**
 * Splits a reply on its speaker markers, trims the parts, and cuts both answers at their last full stop, as the paper's
 * scripts do. An answer without one is no answer.
 */
function parseMarkedItems(text: string): ParsedReply {
  const marker = new RegExp(
    `^[\\s*#>\\d.)\\[(-]*(${Object.values(markers).join("|")})[\\]*]*[ \\t]*:[* \\t]*`,
    "gim",
  );
  const found = [...text.matchAll(marker)].map((match) => ({
    name: (match[1] ?? "").toUpperCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
  const items: GeneratedItem[] = [];
  let [malformed, position] = [0, 0];
  while (position < found.length) {
    const part = (offset: number, name: string): string | null => {
      const [own, next] = [found[position + offset], found[position + offset + 1]];
      return own?.name === name ? text.slice(own.end, next?.start).trim() : null;
    };
    const question = part(0, markers.question);
    const harmful = cutAtFullStop(part(1, markers.harmful));
    const careful = cutAtFullStop(part(2, markers.careful));
    if (question !== null && question !== "" && harmful !== null && careful !== null) {
      items.push({ question, harmful, careful });
    } else {
      malformed++;
    }
    // On to the next question, whatever stands between.
    do position++;
    while (position < found.length && found[position]?.name !== markers.question);
  }
  return { items, malformed };
}

function cutAtFullStop(text: string | null): string | null {
  const end = text?.lastIndexOf(".") ?? -1;
  return text === null || end === -1 ? null : text.slice(0, end + 1);
}

/** Reads JSON objects wherever they stand: in a list, in a fence, beside words, or before the reply is cut off. */
function parseJsonItems(text: string): ParsedReply {
  const items: GeneratedItem[] = [];
  let malformed = 0;
  for (const candidate of innermostObjects(text)) {
    const item = jsonItem.safeParse(parsedOrNull(candidate));
    if (item.success) {
      const { question, correct, incorrect } = item.data;
      items.push({ question, harmful: incorrect, careful: correct });
    } else {
      malformed++;
    }
  }
  return { items, malformed };
}

/** The texts of objects that hold no other object. One that is open at the end counts, as an empty text. */
function innermostObjects(text: string): string[] {
  const found: string[] = [];
  let start: number | null = null;
  let isInString = false;
  for (let position = 0; position < text.length && found.length < mostObjects; position++) {
    const character = text[position];
    if (isInString) {
      if (character === "\\") position++;
      else if (character === '"') isInString = false;
    } else if (character === '"') {
      // Outside of objects a quotation mark may be anybody's.
      isInString = start !== null;
    } else if (character === "{") {
      start = position;
    } else if (character === "}" && start !== null) {
      found.push(text.slice(start, position + 1));
      start = null;
    }
  }
  return start === null ? found : [...found, ""];
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
