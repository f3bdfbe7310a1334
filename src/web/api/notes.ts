import type { ServedNotes } from "../../server/schemas/notes.js";
import { get, hasFields, send } from "./request.js";
import { runAddress } from "./runs.js";

const isNotes = hasFields<ServedNotes>("notes");

/** Fetches the notes on a run's steps. */
export function fetchNotes(run: string): Promise<ServedNotes> {
  return get(`${runAddress(run)}/notes`, isNotes);
}

/** Writes a note on a step. */
export function addNote(
  run: string,
  note: { readonly step: number; readonly text: string },
): Promise<ServedNotes> {
  return send("POST", `${runAddress(run)}/notes`, isNotes, note);
}

export function removeNote(run: string, id: number): Promise<ServedNotes> {
  return send("DELETE", `${runAddress(run)}/notes/${id}`, isNotes);
}
