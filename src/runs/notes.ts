import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, TurncoatError } from "../errors.js";
import { encodeJsonLine, readJsonLines } from "../formats/jsonl.js";
import { longestNote, notesFile } from "./layout.js";

const noteSchema = z.object({
  /** Counts from 0 in the order of writing; never used again after a removal. */
  id: z.int().nonnegative(),
  step: z.int().nonnegative(),
  text: z.string().min(1).max(longestNote),
  /** ISO 8601, in UTC. */
  writtenAt: z.string(),
});
const removalSchema = z.object({ id: z.int().nonnegative(), removed: z.literal(true) });
const lineSchema = z.union([noteSchema, removalSchema]);

/** A reader's note on a step of a run. */
export type StepNote = Readonly<z.infer<typeof noteSchema>>;

/**
 * The notes of a run in the order of their steps, without those that were removed. The file is append-only, so that
 * nothing that was written is lost.
 * @throws TurncoatError naming file and line where one is malformed
 */
export function readNotes(directory: string): readonly StepNote[] {
  const notes = new Map<number, StepNote>();
  for (const line of linesOf(directory)) {
    if ("removed" in line) notes.delete(line.id);
    else notes.set(line.id, line);
  }
  return [...notes.values()].sort((one, other) => one.step - other.step || one.id - other.id);
}

/**
 * Appends a note.
 * @throws TurncoatError where the run's folder cannot be written
 */
export function addNote(
  directory: string,
  { step, text, writtenAt }: Pick<StepNote, "step" | "text" | "writtenAt">,
): StepNote {
  const id = 1 + Math.max(-1, ...linesOf(directory).map((line) => line.id));
  const note = { id, step, text, writtenAt };
  append(directory, note);
  return note;
}

/**
 * Removes a note; the file keeps its line and says that it was removed.
 * @returns whether there was one
 */
export function removeNote(directory: string, id: number): boolean {
  if (!readNotes(directory).some((note) => note.id === id)) return false;
  append(directory, { id, removed: true });
  return true;
}

function linesOf(directory: string): z.infer<typeof lineSchema>[] {
  const path = join(directory, notesFile);
  return existsSync(path) ? readJsonLines(path, lineSchema).records : [];
}

function append(directory: string, line: object): void {
  const path = join(directory, notesFile);
  try {
    appendFileSync(path, encodeJsonLine(line));
  } catch (cause) {
    throw new TurncoatError(`${path}: a note cannot be written there: ${messageOf(cause)}`, {
      hint: "Give yourself the right to write into the run's folder, or copy the run.",
      cause,
    });
  }
}
