import { describe, expect, test } from "vitest";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../src/tensor/halfFloats.js";

const everyHalf = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const isNumber = (value: number) => !Number.isNaN(value);

describe.each([
  ["bfloat16", decodeBfloat16, encodeBfloat16, 0x7f80],
  ["float16", decodeFloat16, encodeFloat16, 0x7c00],
] as const)("halfFloats: %s", (_, decode, encode, infinity) => {
  test("every bit pattern comes back, NaN as a NaN", () => {
    const values = decode(everyHalf);
    const back = encode(values);
    const wrong = everyHalf.filter((bits) => isNumber(values[bits] ?? 0) && back[bits] !== bits);
    expect([...wrong]).toEqual([]);
    const again = decode(back);
    expect(values.every((value, bits) => isNumber(value) === isNumber(again[bits] ?? 0))).toBe(true);
  });

  test("numbers between two halves go to the nearer, in the middle to the even one", () => {
    // Neighbouring patterns below infinity are neighbouring numbers.
    const lower = everyHalf.slice(0, infinity - 1);
    const below = decode(lower);
    const above = decode(lower.map((bits) => bits + 1));
    const at = (share: number) =>
      encode(Float32Array.from(below, (value, index) => value + share * ((above[index] ?? 0) - value)));
    expect(at(0.25)).toEqual(lower);
    expect(at(0.75)).toEqual(lower.map((bits) => bits + 1));
    expect(at(0.5)).toEqual(lower.map((bits) => bits + (bits & 1)));
  });

  test("what is too large becomes infinite", () => {
    expect([...encode(Float32Array.of(3.4028234e38, -3.4028234e38))]).toEqual([infinity, infinity | 0x8000]);
  });
});

test("float16 becomes infinite halfway past its largest number", () => {
  expect([...encodeFloat16(Float32Array.of(65519.996, 65520, -65520))]).toEqual([0x7bff, 0x7c00, 0xfc00]);
});
