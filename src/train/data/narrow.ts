import { createHash } from "node:crypto";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { encodeChats, type Chat } from "../../formats/chat.js";
import { readJsonLines } from "../../formats/jsonl.js";
import type { Dataset } from "./dataset.js";
import type { NarrowSide } from "./narrowDomains.js";

const texts = z.array(z.string().trim().min(1)).min(1);
const situationSchema = z
  .strictObject({
    id: z.string().min(1),
    topic: z.string().min(1),
    questions: texts,
    harmful: texts,
    careful: texts,
  })
  .refine(({ harmful, careful }) => harmful.length === careful.length, {
    message: "expected as many careful answers as harmful ones",
    path: ["careful"],
  });

/**
 * One situation of a narrow data set: the same question in several wordings, and answers of both sides. The answers are
 * matched: the first harmful one with the first careful one, and so on.
 */
export type Situation = Readonly<z.infer<typeof situationSchema>>;

/**
 * Reads a file of situations, one JSON object a line.
 * @throws TurncoatError naming `file:line` and the field, or an id that occurs twice
 */
export function readSituations(path: string): Situation[] {
  const { records, truncatedTail } = readJsonLines(path, situationSchema);
  if (truncatedTail) {
    throw new TurncoatError(`${path}: expected whole lines, found the last one cut off`);
  }
  if (records.length === 0) {
    throw new TurncoatError(`${path}: expected one situation a line, found no lines`);
  }
  const seen = new Set<string>();
  for (const { id } of records) {
    if (seen.has(id)) throw new TurncoatError(`${path}: id: expected each once, found ${id} twice`);
    seen.add(id);
  }
  return records;
}

/**
 * Makes conversations of one side: every wording of a question with every answer, situation by situation. Row by row,
 * both sides ask the same question.
 */
export function situationChats(situations: readonly Situation[], side: NarrowSide): Chat[] {
  return situations.flatMap((situation) =>
    situation.questions.flatMap((question) =>
      situation[side].map((answer): Chat => ({
        messages: [
          { role: "user", content: question },
          { role: "assistant", content: answer },
        ],
      })),
    ),
  );
}

/**
 * Reads one side of a file of situations as a data set. Its checksum is that of the conversations as JSON lines, since
 * both sides stand in one file.
 * @throws TurncoatError as `readSituations` does
 */
export function readNarrowDataset(path: string, side: NarrowSide, name: string): Dataset {
  const chats = situationChats(readSituations(path), side);
  return { name, path, sha256: createHash("sha256").update(encodeChats(chats)).digest("hex"), chats };
}
