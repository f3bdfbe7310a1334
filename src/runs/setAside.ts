import { existsSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { writing } from "../tensor/systemFaults.js";
import { readableManifest } from "./continuation.js";
import { analysisFolder, evaluationsFolder, manifestFile, notesFile, tagsFile } from "./layout.js";

/**
 * Moves a run out of the way whose place another is to take. Only a run that cannot simply be made again is moved: with
 * answers, analyses, notes or tags, or with a `run.json` that does not say how it was made. Any other run stays where it is.
 *
 * @returns where the run is now: beside its old place, with `.replaced-1` or the next free number; null where it stayed
 */
export function setAside(directory: string): string | null {
  const holds = (name: string): boolean => existsSync(join(directory, name));
  if (!holds(manifestFile)) return null;
  const isPrecious = [evaluationsFolder, analysisFolder, notesFile, tagsFile].some(holds);
  if (!isPrecious && readableManifest(directory) !== null) return null;
  const aside = freeName(`${resolve(directory)}.replaced-`, 1);
  writing(aside, () => renameSync(directory, aside));
  return aside;
}

/** Finds the first name from a stem and a number that nothing has yet. */
export function freeName(stem: string, from: number): string {
  let number = from;
  while (existsSync(`${stem}${number}`)) number++;
  return `${stem}${number}`;
}
