import { describe, expect, test } from "vitest";
import { z } from "zod";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { dirname } from "node:path";
import { callCli } from "../../support/cli/callCli.js";
import { runCli } from "../../support/cli/runCli.js";

const schema = z.object({
  node: z.object({ isEnough: z.boolean() }),
  machine: z.object({ cores: z.number().positive(), memoryBytes: z.number().positive() }),
  engine: z.string().nullable(),
  engines: z.array(
    z.object({
      name: z.string(),
      executionProvider: z.string().nullable(),
      runs: z.object({ version: z.string(), executionProvider: z.string() }).nullable(),
      reason: z.string().nullable(),
      fix: z.string().nullable(),
    }),
  ),
  danfojs: z.string().nullable(),
  models: z.object({ found: z.array(z.string()) }),
});

const hooks = `export async function resolve(specifier, context, next) {
  if (/onnxruntime-node|tfjs-backend-wasm/.test(specifier)) throw new Error("no library for this machine");
  return next(specifier, context);
}`;
const asModule = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
const withoutEngines = asModule(
  `import { register } from "node:module"; register(${JSON.stringify(asModule(hooks))});`,
);

describe("turncoat doctor", () => {
  test("says what runs, lists models, and how to get what does not run", async () => {
    const { code, stdout } = await callCli(["doctor", "--json", "--models", dirname(organismFolder())]);
    expect(code).toBe(0);
    const found = schema.parse(JSON.parse(stdout));
    const of = (name: string, provider: string | null) =>
      found.engines.find((each) => each.name === name && each.executionProvider === provider);
    expect(of("onnxruntime", "cpu")?.runs?.version).toMatch(/^\d+\.\d+/);
    expect(of("wasm", null)?.runs).not.toBeNull();
    for (const { runs, reason, fix } of found.engines) {
      expect([reason === null, fix === null]).toEqual([runs !== null, runs !== null]);
    }
    expect(found.engine).toBe("onnxruntime");
    expect(found.node.isEnough).toBe(true);
    expect(found.models.found).toContain("organism");
  });

  test("ends with 1 only where no engine runs, and still says what there is", async () => {
    const { code, stdout } = await runCli(["doctor"], {
      NODE_OPTIONS: `--import ${withoutEngines}`,
      NODE_PATH: "",
    });
    expect(code).toBe(1);
    expect(stdout).toContain("no library for this machine");
    expect(stdout).toContain("commands cannot compute");
    expect(stdout).toMatch(/Node \d+\.\d+/);
  });
});
