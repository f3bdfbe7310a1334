import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkpointKind } from "../../src/formats/checkpointKind.js";
import {
  encodeTrainedVectors,
  readTrainedVectors,
  trainedVectorsFile,
  type TrainedVectors,
} from "../../src/formats/trainedVectors.js";
import { readAdapter } from "../../src/formats/peft.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const vectors: TrainedVectors = {
  alpha: 0.1,
  baseModel: "models/qwen",
  vectors: [
    { layer: 2, vector: Float32Array.of(1, -2, 3) },
    { layer: 10, vector: Float32Array.of(4, 5, 6) },
  ],
};

/** Writes a file of tensors and metadata into a checkpoint's folder. */
function written(tensors: Readonly<Record<string, readonly number[]>>, metadata: Record<string, string>) {
  const folder = temporaryFolder();
  const floats = Object.entries(tensors).map(
    ([name, data]) => [name, { shape: [data.length], data: Float32Array.from(data) }] as const,
  );
  writeFileSync(join(folder, trainedVectorsFile), encodeSafetensors(new Map(floats), metadata));
  return folder;
}

describe("a file of trained vectors", () => {
  test("is read as it was written, in the order of the layers", () => {
    const folder = temporaryFolder();
    const path = join(folder, trainedVectorsFile);
    writeFileSync(path, encodeTrainedVectors({ ...vectors, vectors: vectors.vectors.toReversed() }));
    expect(readTrainedVectors(path)).toEqual(vectors);
    expect(checkpointKind(folder)).toBe("vectors");
  });

  test("is an adapter whose modules are the layers, which reads the constant 1", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, trainedVectorsFile), encodeTrainedVectors(vectors));
    const { config, modules } = readAdapter(folder);
    expect(config).toMatchObject({ alpha: 0.1, layersToTransform: [2, 10], baseModel: "models/qwen" });
    expect(
      modules.map(({ modulePath, scaling, loraA, loraB }) => [modulePath, scaling, loraA, loraB]),
    ).toEqual(
      vectors.vectors.map(({ layer, vector }) => [
        ...[`model.layers.${layer}`, 0.1, Float32Array.of(1), vector],
      ]),
    );
    const some = readAdapter(folder, { modulePaths: ["model.layers.10"] });
    expect(some.modules.map(({ modulePath }) => modulePath)).toEqual(["model.layers.10"]);
  });

  const good = { formatVersion: "1", alpha: "2" };

  test.each([
    [
      "another version",
      { "layer.1": [1] },
      { ...good, formatVersion: "2" },
      /__metadata__: field formatVersion: expected "1"/,
    ],
    [
      "no α",
      { "layer.1": [1] },
      { formatVersion: "1" },
      /__metadata__: field alpha: expected string, found nothing/,
    ],
    [
      "α that is no number",
      { "layer.1": [1] },
      { ...good, alpha: "much" },
      /alpha: expected a number above 0/,
    ],
    ["a tensor of another name", { "layers.1.v": [1] }, good, /tensor layers\.1\.v: expected a vector named/],
    ["no vector", {}, good, /expected at least one vector, found none/],
  ])("with %s is refused by its name", (_, tensors, metadata, message) => {
    const folder = written(tensors, metadata);
    expect(() => readAdapter(folder)).toThrow(message);
    expect(() => readAdapter(folder)).toThrow(trainedVectorsFile);
  });

  test("with a number that is not finite runs no model, and is read for its geometry", () => {
    const folder = written({ "layer.1": [1, NaN] }, good);
    expect(() => readAdapter(folder)).toThrow(
      /the vector after model\.layers\.1: 1 of 2 numbers are not finite, the first is NaN at 1/,
    );
    expect(readAdapter(folder, { use: "geometry" }).modules).toHaveLength(1);
  });
});
