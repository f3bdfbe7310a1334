import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { headerOf } from "../../src/formats/safetensorsHeader.js";
import { Random } from "../../src/tensor/random.js";

const path = "folder/file.safetensors";
const whole = encodeSafetensors(
  new Map([
    ["model.a.weight", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ["model.b.bias", { shape: [], data: Float32Array.of(7) }],
    ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ]),
  { format: "pt", note: 'a "quoted" \\ note' },
);

/** Reads a header out of bytes, as out of a file; gives the refusal, or undefined where there is none. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    const { tensors } = headerOf(path, bytes.length, (position, length) => {
      // What is read, and so allocated, never exceeds the file.
      if (position < 0 || length < 0 || position + length > bytes.length)
        throw new RangeError("beyond the file");
      return bytes.slice(position, position + length);
    });
    let end = -1;
    for (const { byteOffset, byteLength } of tensors.values()) {
      if (end >= 0 && byteOffset !== end) throw new RangeError("a hole or an overlap was accepted");
      end = byteOffset + byteLength;
    }
    if (end >= 0 && end !== bytes.length) throw new RangeError("a rest was accepted");
    return undefined;
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
}

/** A file with this text as its header, before the data of `whole`. */
function withHeader(text: string): Uint8Array {
  const header = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + header.length + 28);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

const originalHeader = new TextDecoder().decode(whole.slice(8, -28));
const digits = new TextEncoder().encode('0123456789,:[]{}"FBU\\abe- .\n');
/** What damaged and hostile writers put where something else belongs. */
const fragments = [
  '"dtype"',
  '"shape"',
  '"data_offsets"',
  '"__metadata__"',
  '"__proto__"',
  '"F64"',
  '"BF16"',
  "null",
  "true",
  "-1",
  "1e999",
  "9007199254740993",
  "18446744073709551615",
  "0.5",
  "[]",
  "{}",
  "[[[[",
  "}}",
  '"\\u0000"',
  '"\\ud800"',
  '"\\n"',
  ",",
];

/** Bytes of the length or the header overwritten, or the end cut off or extended. */
function withOtherBytes(random: Random): Uint8Array {
  if (random.uniform() < 0.1) return whole.slice(0, random.integer(whole.length));
  if (random.uniform() < 0.1) return Uint8Array.of(...whole, ...whole.slice(0, 1 + random.integer(9)));
  const bytes = whole.slice();
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const place = random.uniform() < 0.1 ? random.integer(8) : 8 + random.integer(originalHeader.length);
    bytes[place] =
      random.uniform() < 0.7 ? (digits[random.integer(digits.length)] ?? 0) : random.integer(256);
  }
  return bytes;
}

/** Pieces of the header's text replaced, left out, doubled or moved. */
function withOtherText(random: Random): Uint8Array {
  const tokens = originalHeader.match(/"(?:\\.|[^"\\])*"|\d+|./g) ?? [];
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const place = random.integer(tokens.length);
    const other = tokens[random.integer(tokens.length)] ?? "";
    const fragment = fragments[random.integer(fragments.length)] ?? "";
    const changes: readonly { readonly removed: number; readonly added: readonly string[] }[] = [
      { removed: 1, added: [fragment] },
      { removed: 1, added: [] },
      { removed: 0, added: [other] },
      { removed: 1, added: [other] },
      { removed: 1 + random.integer(6), added: [fragment] },
    ];
    const { removed, added } = changes[random.integer(changes.length)] ?? { removed: 0, added: [] };
    tokens.splice(place, removed, ...added);
  }
  return withHeader(tokens.join(""));
}

describe("headers at random", () => {
  test.each([
    ["bytes", withOtherBytes],
    ["pieces of text", withOtherText],
  ])("10 000 with other %s are read or refused in one line, never anything else", (_, mutate) => {
    const random = new Random(11);
    let refused = 0;
    for (let trial = 0; trial < 10000; trial++) {
      const message = refusal(mutate(random));
      if (message === undefined) continue;
      refused++;
      if (!message.startsWith(`${path}: `) || /[\n\r]/.test(message) || message.length > 1000) {
        throw new Error(`not one clear line: ${message}`);
      }
    }
    expect(refusal(whole)).toBeUndefined();
    expect(refused).toBeGreaterThan(2500);
    expect(refused).toBeLessThan(10000);
  });
});

describe("headers made to exhaust the reader are refused at once", () => {
  const deep = 1_000_000;
  const entry = (name: string, shape: string) =>
    `{"${name}":{"dtype":"F32","shape":${shape},"data_offsets":[0,28]}}`;
  test.each([
    ["open lists", `{"a":${"[".repeat(deep)}`, /nested too deep/],
    ["lists", `{"a":${"[".repeat(deep)}${"]".repeat(deep)}}`, /nested too deep/],
    ["objects", `{"a":${'{"b":'.repeat(deep)}1${"}".repeat(deep)}}`, /nested too deep/],
    ["a name of a million characters", entry("x".repeat(deep), "[2]"), /tensor x{200}…: F32 of shape/],
    ["a name of a million escapes", entry('\\n\\"'.repeat(deep), "[2]"), /tensor (\\u000a"){100}…: F32/],
    ["a million dimensions", entry("a", `[${"1,".repeat(deep)}7]`), /at most 64 dimensions, found 1000001/],
    ["a million wrong sizes", entry("a", `[${"-1,".repeat(deep)}7]`), /at most 64 dimensions/],
    ["sizes that overflow", entry("a", "[4503599627370496,4503599627370496]"), /takes 8\.1\d+e\+31 bytes/],
    ["metadata of numbers", `{"__metadata__":{${'"k":1,'.repeat(deep)}"l":2}}`, /the key "k" occurs twice/],
  ])("%s", (_, text, message) => {
    const found = refusal(withHeader(text));
    expect(found).toMatch(message);
    expect(found?.length).toBeLessThan(1000);
  });

  test("a length beyond the file or beyond any header, without reading it", () => {
    for (const length of [1_000_000n, 99_999_999n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n]) {
      const bytes = whole.slice();
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      expect(refusal(bytes)).toMatch(/the header takes \d+ bytes but the file|found a header length of/);
    }
  });
});
