import { TurncoatError } from "../../errors.js";

/** What is put into a document, and the name of the lines between which it stands. */
export interface MarkedSection {
  /** Name in the lines `<!-- NAME -->` and `<!-- /NAME -->`. */
  readonly mark: string;
  readonly content: string;
  /** Names the document in errors. */
  readonly source: string;
}

/**
 * Puts the tables of a study into a document, in place of those that it holds.
 * @param source names the document in errors
 * @throws TurncoatError where the document does not say where
 */
export function withStudySection(document: string, tables: string, source: string): string {
  return withMarkedSection(document, { mark: "study", content: tables, source });
}

/**
 * Puts a text into a document between two lines that name it, in place of what stands there.
 * @throws TurncoatError where the document does not say where
 */
export function withMarkedSection(document: string, { mark, content, source }: MarkedSection): string {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new TurncoatError(`${source}: expected the lines ${begin} and ${end}, found none or one`, {
      hint: "Write both where the tables belong.",
    });
  }
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}
