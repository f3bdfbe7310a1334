import { TurncoatError } from "../../errors.js";

/** Lines between which a document holds what a study has found. */
const [begin, end] = ["<!-- study -->", "<!-- /study -->"];

/**
 * Puts the tables of a study into a document, in place of those that it holds.
 * @param source names the document in errors
 * @throws TurncoatError where the document does not say where
 */
export function withStudySection(document: string, tables: string, source: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new TurncoatError(`${source}: expected the lines ${begin} and ${end}, found none or one`, {
      hint: "Write both where the tables belong.",
    });
  }
  return `${document.slice(0, from + begin.length)}\n\n${tables}\n\n${document.slice(to)}`;
}
