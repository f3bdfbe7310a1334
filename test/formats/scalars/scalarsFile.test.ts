import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeSafetensors } from "../../../src/formats/safetensors.js";
import { encodeScalars, readScalars, type ScalarsFile } from "../../../src/formats/scalars/scalarsFile.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const file: ScalarsFile = {
  scalars: Float32Array.of(1, -2, 3, 4, 5, 6),
  answerIndex: Int32Array.of(0, 0, 1),
  features: ["model.layers.3.mlp.down_proj", "model.layers.4.mlp.down_proj"],
  tokenIds: Int32Array.of(7, 8, 7),
  significance: Float32Array.of(0.5, 1, 0),
  metadata: { step: "40" },
};

function written(content: Uint8Array): string {
  const path = join(temporaryFolder(), "scalars.safetensors");
  writeFileSync(path, content);
  return path;
}

describe("files of scalars", () => {
  test("come back as they were written, with and without what may be absent", () => {
    expect(readScalars(written(encodeScalars(file)))).toEqual({
      ...file,
      metadata: { step: "40", features: JSON.stringify(file.features) },
    });
    const { tokenIds, significance, ...bare } = file;
    expect([tokenIds?.length, significance?.length]).toEqual([3, 3]);
    expect(readScalars(written(encodeScalars(bare)))).not.toHaveProperty("tokenIds");
  });

  test("without names of columns are named by their layers, or numbered", () => {
    const answers = Buffer.from(Int32Array.of(0, 1).buffer);
    const make = (metadata: Record<string, string>): string => {
      const header = JSON.stringify({
        __metadata__: metadata,
        answer_index: { dtype: "I32", shape: [2], data_offsets: [0, 8] },
        scalars: { dtype: "F32", shape: [2, 2], data_offsets: [8, 24] },
      });
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return written(Buffer.concat([length, Buffer.from(header), answers, Buffer.alloc(16)]));
    };
    expect(readScalars(make({ layers: "15,16" })).features).toEqual(["layer 15", "layer 16"]);
    expect(readScalars(make({})).features).toEqual(["scalar 1", "scalar 2"]);
    expect(() => readScalars(make({ layers: "15" }))).toThrow(/expected 2 names of scalars, found 1/);
  });

  test("that are none are refused, with what is missing or wrong", () => {
    const floats = (tensors: Record<string, number[]>): string =>
      written(
        encodeSafetensors(
          new Map(
            Object.entries(tensors).map(([name, shape]) => [name, { shape, data: new Float32Array(2) }]),
          ),
        ),
      );
    expect(() => readScalars(floats({ other: [2] }))).toThrow(/expected a tensor scalars, found none/);
    expect(() => readScalars(floats({ scalars: [2, 1], answer_index: [2] }))).toThrow(
      /tensor answer_index: expected I32 \[tokens\], found F32 \[2\]/,
    );
    expect(() => readScalars(floats({ scalars: [2] }))).toThrow(
      /tensor scalars: expected F32 \[tokens, features\]/,
    );
    expect(() =>
      readScalars(written(encodeScalars({ ...file, scalars: Float32Array.of(1, 2, 3, NaN, 5, 6) }))),
    ).toThrow(/expected finite numbers, found NaN at token 1/);
  });
});
