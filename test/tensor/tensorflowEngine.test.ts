import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createEngine } from "../../src/tensor/engine.js";
import type { Engine } from "../../src/tensor/program.js";
import { createTensorflowEngine, tensorflowPackages } from "../../src/tensor/tensorflowEngine.js";
import { runCli } from "../support/cli/runCli.js";
import { describeEngine } from "../support/tensor/describeEngine.js";
import { engineWithoutOnnx } from "../support/tensor/engineWithoutOnnx.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** The engine of the first package that loads here; undefined where none does, which is said aloud. */
function installed(): Engine | undefined {
  for (const name of tensorflowPackages) {
    try {
      return createTensorflowEngine(name);
    } catch {
      // It is not installed here.
    }
  }
  process.stderr.write("SKIPPED: no package for TensorFlow is installed; scripts/tfjsNode.sh builds one\n");
  return undefined;
}

const engine = installed();

const logSchema = z.object({ log_history: z.array(z.object({ step: z.number(), loss: z.number() })) });

describe.skipIf(engine === undefined)("TensorFlow as an engine", () => {
  const name = engine?.description.name ?? "tfjs-node";
  describeEngine(name, () => createEngine({ engine: name }));

  test("says which TensorFlow it is, on what it runs, and on how many threads", async () => {
    const { description } = await createEngine({ engine: name });
    expect(description.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(["cpu", "cuda"]).toContain(description.executionProvider);
    expect(description.threads).toBe(description.executionProvider === "cpu" ? availableParallelism() : null);
  });

  test("is preferred to wasm where onnxruntime-node does not load", async () => {
    expect(await engineWithoutOnnx()).toEqual({ name, y: [25] });
  });

  test("trains the organism as ONNX Runtime does, and records itself", async () => {
    const folder = temporaryFolder();
    const losses = async (engineName: string): Promise<number[]> => {
      const run = join(folder, engineName);
      const words = ["train", run, "--steps", "8", "--threads", "1"];
      expect((await runCli(words, { TURNCOAT_ENGINE: engineName })).code).toBe(0);
      const state: unknown = JSON.parse(readFileSync(join(run, "trainer_state.json"), "utf8"));
      return logSchema.parse(state).log_history.map(({ loss }) => loss);
    };
    const [ours, theirs] = [await losses("onnxruntime"), await losses(name)];
    expect(theirs).toHaveLength(8);
    // Losses are of order one and both sum in float32; the bound is that of the benchmark of engines.
    theirs.forEach((loss, step) => expect(Math.abs(loss - (ours[step] ?? NaN))).toBeLessThan(1e-4));
    const manifest = z
      .object({ engine: z.object({ name: z.string(), threads: z.number().nullable() }) })
      .parse(JSON.parse(readFileSync(join(folder, name, "run.json"), "utf8")));
    expect(manifest.engine.name).toBe(name);
    expect(manifest.engine.threads).toBe(1);
  });
});
