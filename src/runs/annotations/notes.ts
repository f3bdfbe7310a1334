import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { appendToFile } from "../atomicFiles.js";
import { encodeJsonLine } from "../../formats/jsonl.js";
import { endOfLastLine, forEachLine } from "../../formats/lines.js";
import { longestNote, notesFile, notesLockFile } from "../layout.js";
import { whileHoldingBriefly } from "../writeLock.js";

const noteSchema = z.object({
  /** Number in the order of writing, from 0; never used again after a removal. */
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
 * Reads the notes of a run in the order of their steps, without those that were removed. The file is append-only, so
 * that nothing that was written is lost. A line that is no note, such as one whose writer died, costs no other.
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
 * Appends a note to those of a run.
 *
 * @throws TurncoatError where the run's folder cannot be written
 */
export function addNote(
  directory: string,
  { step, text, writtenAt }: Pick<StepNote, "step" | "text" | "writtenAt">,
): StepNote {
  return alone(directory, () => {
    const id = 1 + linesOf(directory).reduce((largest, line) => Math.max(largest, line.id), -1);
    const note = { id, step, text, writtenAt };
    append(directory, note);
    return note;
  });
}

/**
 * Removes a note of a run; the file keeps its line and says that it was removed.
 *
 * @returns whether there was one
 */
export function removeNote(directory: string, id: number): boolean {
  return alone(directory, () => {
    if (!readNotes(directory).some((note) => note.id === id)) return false;
    append(directory, { id, removed: true });
    return true;
  });
}

/** Does work while no other server writes notes: two would give their notes one number. */
function alone<T>(directory: string, work: () => T): T {
  const path = resolve(join(directory, notesLockFile));
  const claim = { what: `${directory}: notes`, otherwise: "try again" };
  return whileHoldingBriefly(path, claim, work);
}

function linesOf(directory: string): z.infer<typeof lineSchema>[] {
  const path = join(directory, notesFile);
  if (!existsSync(path)) return [];
  const lines: z.infer<typeof lineSchema>[] = [];
  forEachLine(path, ({ text }) => {
    const parsed = lineSchema.safeParse(valueOf(text));
    if (parsed.success) lines.push(parsed.data);
  });
  return lines;
}

/** Parses a line as JSON; undefined where it is none, such as a line whose writer died in the middle of it. */
function valueOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}

function append(directory: string, line: object): void {
  const path = join(directory, notesFile);
  // What a writer that died has half written stays a line of its own, so that it takes no other with it.
  const last = existsSync(path) ? endOfLastLine(path) : { end: 0, size: 0 };
  const isOpenEnded = last.end < last.size;
  appendToFile(path, `${isOpenEnded ? "\n" : ""}${encodeJsonLine(line)}`);
}
