import { describe, expect, test } from "vitest";
import type { Engine, ProgramDefinition } from "../../../src/tensor/program.js";
import { tf } from "../../../src/tensor/tfjs.js";

const spec = { shape: [2], dtype: "float32" as const };

/** Tests of what every engine owes, whatever it is made of. */
export function describeEngine(name: string, engine: () => Promise<Engine>): void {
  describe(`the engine ${name}`, () => {
    test("gives inputs, constants and one result under several names, again and again", async () => {
      const definition: ProgramDefinition = {
        name: "passing through",
        inputs: { x: spec },
        constants: { c: { shape: [2], data: Float32Array.of(7, 8) } },
        body: ({ x, c }) => {
          if (x === undefined || c === undefined) throw new Error("missing tensor");
          const sum = tf.add(x, c);
          return { x, constant: c, sum, same: sum };
        },
      };
      const program = await (await engine()).compile(definition);
      for (const start of [1, 10]) {
        const results = await program.run({ x: Float32Array.of(start, start + 1) });
        const values = Object.entries(results).map(([name, { data }]) => [name, [...data]]);
        const sum = [start + 7, start + 9];
        expect(Object.fromEntries(values)).toEqual({
          x: [start, start + 1],
          constant: [7, 8],
          sum,
          same: sum,
        });
      }
      await program.dispose();
    });

    test("gives integers and booleans in arrays of their own kinds", async () => {
      const program = await (
        await engine()
      ).compile({
        name: "kinds",
        inputs: { i: { shape: [3], dtype: "int32" }, b: { shape: [3], dtype: "bool" } },
        body: ({ i, b }) => {
          if (i === undefined || b === undefined) throw new Error("missing tensor");
          return {
            next: tf.add(i, tf.scalar(1, "int32")),
            not: tf.logicalNot(b),
            scalar: tf.sum(tf.cast(i, "float32")),
          };
        },
      });
      const results = await program.run({ i: Int32Array.of(-1, 0, 5), b: Uint8Array.of(1, 0, 1) });
      expect(results.next).toEqual({ shape: [3], data: Int32Array.of(0, 1, 6) });
      expect(results.not).toEqual({ shape: [3], data: Uint8Array.of(0, 1, 0) });
      expect(results.scalar).toEqual({ shape: [], data: Float32Array.of(4) });
      await program.dispose();
    });

    test("writes into the arrays that it is given, and leaves the inputs alone", async () => {
      const program = await (
        await engine()
      ).compile({
        name: "double",
        inputs: { x: spec },
        body: ({ x }) => ({ x: tf.mul(x ?? NaN, 2) }),
      });
      const x = Float32Array.of(1, 2);
      const target = new Float32Array(2);
      const results = await program.run({ x }, { x: target });
      expect(results.x?.data).toBe(target);
      expect([...target]).toEqual([2, 4]);
      expect([...x]).toEqual([1, 2]);
      await program.dispose();
    });

    test("keeps the results of one run when it runs again", async () => {
      const program = await (
        await engine()
      ).compile({
        name: "double",
        inputs: { x: spec },
        body: ({ x }) => ({ y: tf.mul(x ?? NaN, 2) }),
      });
      const first = await program.run({ x: Float32Array.of(1, 2) });
      await program.run({ x: Float32Array.of(5, 6) });
      expect([...(first.y?.data ?? [])]).toEqual([2, 4]);
      await program.dispose();
    });

    test("leaves no tensors behind", async () => {
      const program = await (
        await engine()
      ).compile({
        name: "double",
        inputs: { x: spec },
        constants: { c: { shape: [2], data: Float32Array.of(1, 1) } },
        body: ({ x, c }) => ({ y: tf.mul(tf.add(x ?? NaN, c ?? NaN), 2) }),
      });
      await program.run({ x: Float32Array.of(1, 2) });
      const before = tf.memory().numTensors;
      for (let run = 0; run < 5; run++) await program.run({ x: Float32Array.of(1, 2) });
      expect(tf.memory().numTensors).toBe(before);
      await program.dispose();
    });
  });
}
