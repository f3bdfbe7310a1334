import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { encodeJsonLine, readJsonLines } from "../formats/jsonl.js";
import { appendToFile, writeFileWhole } from "./atomicFiles.js";
import { transitionLogFile } from "./layout.js";

/** A transition that a detector reported during training; the analysis of the finished run has the last word. */
export const firedTransitionSchema = z.object({
  /** The last step that was known when the detector fired. */
  knownAt: z.number(),
  indicator: z.string(),
  step: z.number(),
  interval: z.tuple([z.number(), z.number()]).readonly(),
  /** Module path of the adapter, where the indicator is of one. */
  adapter: z.string().optional(),
  method: z.string(),
});
export type FiredTransition = Readonly<z.infer<typeof firedTransitionSchema>>;

/** Appends transitions that have fired to the log of a run. */
export function appendTransitions(directory: string, fired: readonly FiredTransition[]): void {
  const lines = fired.map((each) => encodeJsonLine(firedTransitionSchema.parse(each)));
  if (lines.length === 0) return;
  const path = join(directory, transitionLogFile);
  appendToFile(path, lines.join(""));
}

/**
 * Reads the transitions that have fired so far; none where the run was not watched. A half-written last line is left
 * out.
 *
 * @throws TurncoatError naming `file:line` and field of a malformed line
 */
export function readTransitions(directory: string): readonly FiredTransition[] {
  const path = join(directory, transitionLogFile);
  return existsSync(path) ? readJsonLines(path, firedTransitionSchema).records : [];
}

/** Drops the transitions that fired after a step: a run continues there, and its later steps are trained again. */
export function dropTransitionsAfter(directory: string, step: number): void {
  const before = readTransitions(directory);
  const kept = before.filter(({ knownAt }) => knownAt <= step);
  if (kept.length === before.length) return;
  writeFileWhole(join(directory, transitionLogFile), kept.map((each) => encodeJsonLine(each)).join(""));
}
