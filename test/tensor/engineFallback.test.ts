import { describe, expect, test } from "vitest";
import { engineWithoutOnnx } from "../support/tensor/engineWithoutOnnx.js";

describe("where onnxruntime-node does not load", () => {
  test("programs run on the wasm backend where no package for TensorFlow is installed", async () => {
    expect(await engineWithoutOnnx({ NODE_PATH: "" })).toEqual({ name: "wasm", y: [25] });
  });

  test("asking for it by name is an error that says why and what to do", async () => {
    await expect(engineWithoutOnnx({ TURNCOAT_ENGINE: "onnxruntime" })).rejects.toThrow(
      /onnxruntime-node does not load: no native library for this machine[\s\S]*TURNCOAT_ENGINE=wasm/,
    );
  });
});
