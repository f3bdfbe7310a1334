import type { Random } from "../../src/tensor/random.js";
import { mutatedJson } from "./mutateJson.js";

/** Texts that parsers trip over: numbers out of range, words of other languages, structure in the wrong place. */
const troubles: readonly string[] = [
  ...[
    "null",
    "true",
    "NaN",
    "Infinity",
    "-Infinity",
    "inf",
    "1e999",
    "-1",
    "0.5",
    "9007199254740993",
    "1e308",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ",",
    ":",
    "\\",
    "\n",
    "\r",
    "\r\n",
    "\t",
    ";",
    "\u0000",
    "\u2028",
    "\uFEFF",
  ],
  ...[
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "length",
    "../../../etc/passwd",
    "%00",
    "file:///dev/zero",
  ],
  ...[
    "😀",
    "\uD800",
    "\u202E",
    "\u001B[2J",
    "=1+1",
    "<script>",
    "{{",
    "}}",
    "{%",
    "%}",
    "(a+)+$",
    "(?i)",
    "(?P<a>",
  ],
  ...["&a", "*a", "!!js/function", "<<:", "---", "...", "- ", "? ", "|", ">"],
  "A".repeat(2000),
  "[".repeat(2000),
  '{"a":'.repeat(500),
  "9".repeat(400),
];

type Change = (input: Buffer, random: Random, other: Buffer) => Buffer;

/** Cuts an input at two places and puts something between them. */
function replaced(input: Buffer, from: number, to: number, between: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, from), between, input.subarray(to)]);
}

/** A place of an input, its end included. */
function place(input: Buffer, random: Random): number {
  return random.integer(input.length + 1);
}

/** A stretch of an input, mostly a short one. */
function stretch(input: Buffer, random: Random): [number, number] {
  const from = place(input, random);
  const longest = random.uniform() < 0.8 ? 16 : input.length;
  return [from, Math.min(input.length, from + random.integer(longest + 1))];
}

const changes: readonly Change[] = [
  // A bit, a byte, a byte at the edge of its range.
  (input, random) => withByte(input, random, (byte) => byte ^ (1 << random.integer(8))),
  (input, random) => withByte(input, random, () => random.integer(256)),
  (input, random) => withByte(input, random, () => random.choose([0, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x0a])),
  // Less of it, more of it.
  (input, random) => replaced(input, ...stretch(input, random), Buffer.alloc(0)),
  (input, random) => input.subarray(0, place(input, random)),
  (input, random) => {
    const [from, to] = stretch(input, random);
    const at = place(input, random);
    return replaced(input, at, at, input.subarray(from, to));
  },
  // What parsers trip over, put in or in the place of something.
  (input, random) => {
    const at = place(input, random);
    return replaced(input, at, at, Buffer.from(random.choose(troubles)));
  },
  (input, random) => replaced(input, ...stretch(input, random), Buffer.from(random.choose(troubles))),
  // A number in the place of a number.
  (input, random) => withNumber(input, random),
  // The beginning of one input and the end of another.
  (input, random, other) =>
    Buffer.concat([input.subarray(0, place(input, random)), other.subarray(place(other, random))]),
];

function withByte(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = random.integer(copy.length);
  copy[at] = change(copy[at] ?? 0) & 0xff;
  return copy;
}

const numbers = ["0", "-1", "1", "1e9", "1e308", "4294967296", "9007199254740993", "0.1", "-0", "1e-320"];

function withNumber(input: Buffer, random: Random): Buffer {
  // As bytes: the text may be none.
  const text = input.toString("latin1");
  const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (found.length === 0) return input;
  const match = random.choose(found);
  return replaced(
    input,
    match.index,
    match.index + match[0].length,
    Buffer.from(random.choose(numbers), "latin1"),
  );
}

/** Changes an input in a few places at random: as its kind of file, or as bytes. */
export function mutated(inputs: readonly Buffer[], file: string, random: Random): Buffer {
  let input = random.choose(inputs);
  if (random.uniform() < 0.7) input = mutatedAs(file, input, random);
  else {
    const times = 1 + random.integer(3);
    for (let time = 0; time < times; time++) {
      input = random.choose(changes)(input, random, random.choose(inputs));
    }
  }
  return input;
}

/** Changes what a file says and leaves it well formed; files that are no JSON are changed in one place. */
function mutatedAs(file: string, input: Buffer, random: Random): Buffer {
  const json = (text: string): string => {
    let value: unknown = JSON.parse(text);
    const times = 1 + random.integer(2);
    for (let time = 0; time < times; time++) value = mutatedJson(value, random);
    return JSON.stringify(value);
  };
  if (file.endsWith(".json")) return Buffer.from(json(input.toString("utf8")));
  if (file.endsWith(".jsonl")) {
    const lines = input.toString("utf8").split("\n").slice(0, -1);
    const at = random.integer(lines.length);
    return Buffer.from(`${lines.map((line, index) => (index === at ? json(line) : line)).join("\n")}\n`);
  }
  if (file.endsWith(".safetensors")) {
    const length = Number(input.readBigUInt64LE(0));
    const header = Buffer.from(json(input.toString("utf8", 8, 8 + length)));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([size, header, input.subarray(8 + length)]);
  }
  return random.choose(changes)(input, random, input);
}
