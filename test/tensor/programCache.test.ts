import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import type { Engine, Program, ProgramDefinition } from "../../src/tensor/program.js";
import { ProgramCache } from "../../src/tensor/programCache.js";
import { tf } from "../../src/tensor/tfjs.js";

const double: ProgramDefinition = {
  name: "double",
  inputs: { x: { shape: [2], dtype: "float32" } },
  body: ({ x }) => ({ y: tf.mul(x ?? NaN, 2) }),
};

/** An engine that keeps account of what it compiled and what of it was disposed. */
async function accountingEngine(): Promise<{ engine: Engine; compiled: Program[]; disposed: Program[] }> {
  const real = await createEngine({ engine: "onnxruntime", threads: 1 });
  const compiled: Program[] = [];
  const disposed: Program[] = [];
  const engine: Engine = {
    description: real.description,
    compile: async (definition) => {
      const program = await real.compile(definition);
      const counted: Program = {
        run: (feeds, outputs) => program.run(feeds, outputs),
        dispose: () => {
          disposed.push(counted);
          return program.dispose();
        },
      };
      compiled.push(counted);
      return counted;
    },
  };
  return { engine, compiled, disposed };
}

describe("programCache", () => {
  test("a key is compiled once, also when asked for twice at the same time", async () => {
    const { engine, compiled } = await accountingEngine();
    const cache = new ProgramCache(engine);
    const [one, other] = await Promise.all([cache.get("a", () => double), cache.get("a", () => double)]);
    expect(one).toBe(other);
    expect(await cache.get("a", () => double)).toBe(one);
    expect(compiled).toHaveLength(1);
    await cache.dispose();
  });

  test("holds no more than its capacity, and disposes what was unused for longest", async () => {
    const { engine, compiled, disposed } = await accountingEngine();
    const cache = new ProgramCache(engine, 2);
    const first = await cache.get("first", () => double);
    const second = await cache.get("second", () => double);
    await cache.get("first", () => double);
    await cache.get("third", () => double);
    expect(disposed).toEqual([second]);
    expect(await cache.get("first", () => double)).toBe(first);
    expect((await first.run({ x: Float32Array.of(1, 2) })).y?.data).toEqual(Float32Array.of(2, 4));
    await cache.get("second", () => double);
    expect(compiled).toHaveLength(4);
    await cache.dispose();
    expect(disposed).toHaveLength(4);
    expect(new Set(disposed).size).toBe(4);
  });

  test("does not remember a failure", async () => {
    const { engine, compiled } = await accountingEngine();
    const cache = new ProgramCache(engine, 1);
    const broken: ProgramDefinition = {
      ...double,
      body: () => {
        throw new Error("not today");
      },
    };
    await expect(cache.get("a", () => broken)).rejects.toThrow("not today");
    const program = await cache.get("a", () => double);
    expect((await program.run({ x: Float32Array.of(3, 4) })).y?.data).toEqual(Float32Array.of(6, 8));
    await expect(cache.get("b", () => broken)).rejects.toThrow("not today");
    await cache.get("c", () => double);
    expect(compiled).toHaveLength(2);
    await cache.dispose();
  });
});
