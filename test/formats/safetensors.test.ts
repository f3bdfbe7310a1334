import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { encodeSafetensors, readSafetensors, readSafetensorsHeader } from "../../src/formats/safetensors.js";
import { Random } from "../../src/tensor/random.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** A file with any header, as a damaged or foreign writer might leave it. */
function fileWith(header: unknown, data: Uint8Array, folder = temporaryFolder()): string {
  const path = join(folder, "file.safetensors");
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  writeFileSync(path, bytes);
  return path;
}

function written(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), "file.safetensors");
  writeFileSync(path, bytes);
  return path;
}

const two = new Map([
  ["b", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, -0.125) }],
  ["a", { shape: [], data: Float32Array.of(7) }],
  ["empty", { shape: [0, 4], data: new Float32Array(0) }],
]);

describe("safetensors: writing and reading back", () => {
  test("values, shapes and metadata survive, in the order of the names", () => {
    const file = readSafetensors(written(encodeSafetensors(two, { format: "pt" })));
    expect([...file.tensors.keys()]).toEqual(["a", "b", "empty"]);
    expect(file.tensors.get("b")).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, -0.125) });
    expect(file.tensors.get("a")?.shape).toEqual([]);
    expect(file.tensors.get("empty")?.data).toHaveLength(0);
    expect(file.metadata).toEqual({ format: "pt" });
  });

  test("the bytes do not depend on the order in which tensors are given", () => {
    const reversed = new Map([...two].reverse());
    expect(encodeSafetensors(reversed, { y: "1", x: "2" })).toEqual(
      encodeSafetensors(two, { x: "2", y: "1" }),
    );
  });

  test("the data begin at a multiple of 8 bytes", () => {
    for (const { byteOffset } of readSafetensorsHeader(written(encodeSafetensors(two))).tensors.values()) {
      expect(byteOffset % 4).toBe(0);
    }
    const [first] = readSafetensorsHeader(written(encodeSafetensors(two))).tensors.values();
    expect((first?.byteOffset ?? 1) % 8).toBe(0);
  });

  test("the header alone gives place and type, and one tensor can be read by its name", () => {
    const path = written(encodeSafetensors(two));
    const header = readSafetensorsHeader(path);
    expect(header.tensors.get("b")).toMatchObject({ dtype: "F32", shape: [2, 3], byteLength: 24 });
    const { tensors } = readSafetensors(path, (name) => name === "b");
    expect(tensors.get("b")?.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, -0.125));
    expect([...tensors.keys()]).toEqual(["b"]);
  });

  test("a shape that does not fit the values is a defect of the caller", () => {
    const wrong = new Map([["w", { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(() => encodeSafetensors(wrong)).toThrow(RangeError);
  });
});

describe("safetensors: half-precision types", () => {
  test("bfloat16 is decoded exactly, infinities and NaN included", () => {
    const data = Uint8Array.from([0x80, 0x3f, 0x20, 0xc0, 0x80, 0x7f, 0xc0, 0x7f, 0x01, 0x00]);
    const header = { w: { dtype: "BF16", shape: [5], data_offsets: [0, 10] } };
    const values = readSafetensors(fileWith(header, data)).tensors.get("w")?.data;
    expect([...(values ?? [])]).toEqual([1, -2.5, Infinity, NaN, 2 ** -133]);
  });

  test("float16 is decoded exactly: normal, subnormal, largest, infinite", () => {
    const halves = Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x83ff, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x3555);
    const header = { w: { dtype: "F16", shape: [9], data_offsets: [0, 18] } };
    const values = readSafetensors(fileWith(header, new Uint8Array(halves.buffer))).tensors.get("w")?.data;
    expect([...(values ?? [])]).toEqual([
      1,
      -2.5,
      2 ** -24,
      -1023 * 2 ** -24,
      65504,
      Infinity,
      -Infinity,
      NaN,
      0.333251953125,
    ]);
  });

  test("integers are listed with their place but not decoded", () => {
    const path = fileWith({ ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8));
    expect(readSafetensorsHeader(path).tensors.get("ids")).toMatchObject({ dtype: "I64", byteLength: 8 });
    expect(() => readSafetensors(path)).toThrow(`${path}: tensor ids: expected F32, F16 or BF16, found I64`);
  });
});

describe("safetensors: damaged files are refused by name", () => {
  const entry = (begin: number, end: number): object => ({
    dtype: "F32",
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });

  test.each([
    ["outside", { w: entry(0, 16) }, /tensor w: data_offsets \[0, 16\] lie outside the 8 data bytes/],
    [
      "reversed",
      { w: { ...entry(0, 8), data_offsets: [8, 0] } },
      /tensor w: data_offsets \[8, 0\] lie outside/,
    ],
    [
      "size",
      { w: { dtype: "F32", shape: [3], data_offsets: [0, 8] } },
      /tensor w: F32 of shape \[3\] takes 12 bytes, data_offsets give 8/,
    ],
    [
      "overflowing shape",
      { w: { dtype: "F32", shape: [2 ** 52, 2 ** 52], data_offsets: [0, 8] } },
      /tensor w: F32 of shape/,
    ],
    ["overlap", { v: entry(0, 8), w: entry(4, 8) }, /tensor w overlaps tensor v/],
    ["hole", { w: entry(4, 8) }, /4 bytes before tensor w belong to no tensor/],
    ["rest", { w: entry(0, 4) }, /the last 4 bytes belong to no tensor/],
    ["dtype", { w: { ...entry(0, 8), dtype: "F4" } }, /tensor w: expected a dtype among .*, found F4/],
    ["inherited dtype", { w: { ...entry(0, 8), dtype: "toString" } }, /found toString/],
    ["negative", { w: { ...entry(0, 8), shape: [-2] } }, /tensor w: field shape\[0\]:/],
    [
      "fraction",
      { w: { ...entry(0, 8), shape: [1.5] } },
      /tensor w: field shape\[0\]: expected int, found number/,
    ],
    [
      "no offsets",
      { w: { dtype: "F32", shape: [2] } },
      /tensor w: field data_offsets: expected tuple, found nothing/,
    ],
    [
      "metadata",
      { __metadata__: { format: 1 }, w: entry(0, 8) },
      /__metadata__: field format: expected string, found number/,
    ],
    ["list", [], /safetensors header: expected a JSON object/],
    ["no JSON", "{oops", /safetensors header: expected JSON/],
  ])("%s", (_name, header, message) => {
    const path = fileWith(header, new Uint8Array(8));
    expect(() => readSafetensorsHeader(path)).toThrow(message);
    expect(() => readSafetensorsHeader(path)).toThrow(path);
  });

  test("a key that occurs twice, however it is spelled", () => {
    const one = `{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`;
    const path = fileWith(`{"a":${one},"\\u0061":${one}}`, new Uint8Array(8));
    expect(() => readSafetensorsHeader(path)).toThrow('the key "a" occurs twice');
    const inner = fileWith(
      `{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
      new Uint8Array(8),
    );
    expect(() => readSafetensorsHeader(inner)).toThrow('the key "dtype" occurs twice');
  });

  test("a truncated file, at every length", () => {
    const whole = encodeSafetensors(two);
    for (let length = 0; length < whole.length; length++) {
      const path = written(whole.slice(0, length));
      expect(() => readSafetensorsHeader(path)).toThrow(path);
    }
  });

  test("a file that is something else", () => {
    const pointer = written(
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    );
    expect(() => readSafetensors(pointer)).toThrow("found a Git LFS pointer");
    expect(() => readSafetensors(written(new TextEncoder().encode("<html>Rate limit</html>")))).toThrow(
      "found a header length of",
    );
    expect(() => readSafetensors(temporaryFolder())).toThrow("found a folder");
    expect(() => readSafetensors("/nowhere/at/all")).toThrow("/nowhere/at/all: no such file");
  });

  test("200 seeded mutations of files give a reading or a named error; headerFuzz.test.ts has many more", () => {
    const random = new Random(11);
    const whole = encodeSafetensors(two, { format: "pt" });
    const headerLength = Number(new DataView(whole.buffer).getBigUint64(0, true));
    const path = join(temporaryFolder(), "mutated.safetensors");
    let refused = 0;
    for (let trial = 0; trial < 200; trial++) {
      const bytes = mutated(whole, headerLength, random);
      writeFileSync(path, bytes);
      try {
        for (const { shape, data } of readSafetensors(path).tensors.values()) {
          expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
        }
      } catch (error) {
        if (!isTurncoatError(error)) throw error;
        expect(error.message).toContain(path);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(200);
  });
});

/** One to four bytes of the length or the header overwritten, or the end cut off or extended. */
function mutated(whole: Uint8Array, headerLength: number, random: Random): Uint8Array {
  if (random.uniform() < 0.1) return whole.slice(0, random.integer(whole.length));
  if (random.uniform() < 0.1) return Uint8Array.of(...whole, ...whole.slice(0, 1 + random.integer(9)));
  const bytes = whole.slice();
  const digits = new TextEncoder().encode('0123456789,:[]{}"FBabe \\');
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const place = random.uniform() < 0.1 ? random.integer(8) : 8 + random.integer(headerLength);
    bytes[place] =
      random.uniform() < 0.7 ? (digits[random.integer(digits.length)] ?? 0) : random.integer(256);
  }
  return bytes;
}
