import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of the repository. */
export const root = join(import.meta.dirname, "..", "..", "..");

/** The pages that a reader reads, by their paths in the repository. */
export const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A line of code on a page. */
export interface CodeLine {
  readonly page: string;
  /** Counted from 1. */
  readonly line: number;
  /** Without its indentation; lines that a backslash continues are joined. */
  readonly text: string;
}

/** A fenced block of code on a page. */
export interface CodeBlock {
  readonly page: string;
  /** Of its fence, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

function textOf(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

/** The fenced blocks of a page. */
export function fencedBlocks(page: string): CodeBlock[] {
  const text = textOf(page);
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = "", 2: code = "" }) => ({
    page,
    line: text.slice(0, index).split("\n").length,
    language,
    code,
  }));
}

/** The indented lines of a page, outside of fenced blocks. */
export function indentedLines(page: string): CodeLine[] {
  const withoutFences = textOf(page).replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, ""));
  const lines = withoutFences.split("\n");
  const found: CodeLine[] = [];
  let begun: CodeLine | null = null;
  for (const [index, whole] of lines.entries()) {
    if (begun === null && !/^ {4}\S/.test(whole)) continue;
    const isContinued = whole.endsWith("\\");
    const text: string = [begun?.text ?? "", whole.trim().replace(/\s*\\$/, "")].join(" ").trim();
    const line: CodeLine = { page, line: begun?.line ?? index + 1, text };
    if (!isContinued) found.push(line);
    begun = isContinued ? line : null;
  }
  return found;
}

/** The code of a page: its indented lines, its fenced blocks line by line, and what stands between backquotes. */
export function codeOf(page: string): string[] {
  const text = textOf(page).replace(/\\\n\s*/g, " ");
  return [
    ...indentedLines(page).map((line) => line.text),
    ...fencedBlocks(page).flatMap(({ code }) => code.split("\n")),
    ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span),
  ];
}

/** The words after `turncoat` in a line of code; a comment at its end is left out. */
export function callsIn(line: string): string[][] {
  const [code = ""] = line.split(/\s#\s/);
  return [...code.matchAll(/(?:^|[\s=…])(?:npx )?turncoat ([a-z][^`]*)/g)].map(([, words = ""]) =>
    words.trim().split(/\s+/),
  );
}
