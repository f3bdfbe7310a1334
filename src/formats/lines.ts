import { fstatSync, readSync } from "node:fs";
import { TurncoatError } from "../errors.js";
import { readBytes, unreadable, withOpenFile } from "../tensor/openFile.js";
import { readText } from "./json.js";

/** One line of a file of lines. */
export interface TextLine {
  /** Text of the line, without its newline. */
  readonly text: string;
  /** Number of the line, from 1. */
  readonly number: number;
  /** False for what stands behind the last newline: its writer may still be at it. */
  readonly isWhole: boolean;
}

/** Most bytes that are read at once. */
const chunkBytes = 2 ** 20;
/** Most bytes of one line; lines of real records take a few million at most. */
const mostLineBytes = 16 * 2 ** 20;
const newline = 0x0a;

/**
 * Reads a file line by line, of any size: no more than a line of it is held at once. Lines are UTF-8, or UTF-16 where
 * the file begins with that byte order mark; a file of the latter kind is read as a whole. Nothing behind the last
 * newline is no line.
 *
 * @param most bytes of a line. @default 16 MiB
 * @throws TurncoatError naming the file, and the line where one is too long
 */
export function forEachLine(path: string, visit: (line: TextLine) => void, most = mostLineBytes): void {
  const isWide = withOpenFile(path, (descriptor) => {
    const chunk = Buffer.alloc(chunkBytes);
    const start = chunk.subarray(0, readInto(path, descriptor, chunk));
    if (isUtf16(start)) return true;
    readLines(path, descriptor, start, chunk, visit, most);
    return false;
  });
  if (isWide) forEachLineOf(readText(path), path, visit, most);
}

/** Finds the position in bytes behind the last newline of a file, 0 where it has none, and the size of the file. */
export function endOfLastLine(path: string): { readonly end: number; readonly size: number } {
  return withOpenFile(path, (descriptor) => {
    const { size } = fstatSync(descriptor);
    for (let to = size; to > 0; to -= chunkBytes) {
      const from = Math.max(0, to - chunkBytes);
      const found = readBytes(path, descriptor, from, to - from).lastIndexOf(newline);
      if (found !== -1) return { end: from + found + 1, size };
    }
    return { end: 0, size };
  });
}

/** Goes through the lines of text that is in memory already, as `forEachLine` does through those of a file. */
export function forEachLineOf(
  text: string,
  source: string,
  visit: (line: TextLine) => void,
  most = mostLineBytes,
): void {
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    if (isLast && line === "") return;
    if (line.length > most) throw tooLong(source, index + 1, most);
    visit({ text: line, number: index + 1, isWhole: !isLast });
  }
}

function readLines(
  path: string,
  descriptor: number,
  start: Buffer,
  chunk: Buffer,
  visit: (line: TextLine) => void,
  most: number,
): void {
  const decoder = new TextDecoder();
  let pending: Buffer[] = [];
  let [pendingBytes, number] = [0, 1];
  const take = (isWhole: boolean): void => {
    visit({ text: decoder.decode(Buffer.concat(pending)), number, isWhole });
    pending = [];
    pendingBytes = 0;
    number++;
  };
  for (let read = start; read.length > 0; read = chunk.subarray(0, readInto(path, descriptor, chunk))) {
    let from = 0;
    while (from < read.length) {
      const found = read.indexOf(newline, from);
      const to = found === -1 ? read.length : found;
      pendingBytes += to - from;
      if (pendingBytes > most) throw tooLong(path, number, most);
      // A copy: the chunk is read into again.
      if (to > from) pending.push(Buffer.from(read.subarray(from, to)));
      if (found !== -1) take(true);
      from = to + 1;
    }
  }
  if (pendingBytes > 0) take(false);
}

function readInto(path: string, descriptor: number, chunk: Buffer): number {
  try {
    return readSync(descriptor, chunk, 0, chunk.length, null);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function tooLong(source: string, number: number, most: number): TurncoatError {
  return new TurncoatError(
    `${source}:${number}: expected a line of at most ${Math.round(most / 2 ** 20)} MiB, found a longer one`,
    { hint: "One record stands on a line of its own; is it a file of JSON lines?" },
  );
}
