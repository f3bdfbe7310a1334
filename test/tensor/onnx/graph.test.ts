import { describe, expect, test } from "vitest";
import { createEngine } from "../../../src/tensor/engine.js";
import { OnnxGraph } from "../../../src/tensor/onnx/graph.js";
import type { NamedTensors } from "../../../src/tensor/program.js";
import { tf } from "../../../src/tensor/tfjs.js";

/** Operators of a finished graph whose outputs are float32 of one shape. */
function operators(graph: OnnxGraph, outputs: Readonly<Record<string, string>>): string[] {
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value, [2, 3], "float32");
  return graph.model("test").nodes.map(({ operator }) => operator);
}

describe("graph: reshapes", () => {
  test("that change nothing, or lead back, are no nodes", () => {
    const graph = new OnnxGraph();
    graph.input("x", [2, 3], "float32");
    expect(graph.reshape("x", [2, 3], [2, 3])).toBe("x");
    const flat = graph.reshape("x", [6], [2, 3]);
    expect(flat).not.toBe("x");
    expect(graph.reshape(flat, [2, 3], [6])).toBe("x");
  });

  test("one after another are one", () => {
    const graph = new OnnxGraph();
    graph.input("x", [2, 3], "float32");
    const there = graph.reshape(graph.reshape("x", [6], [2, 3]), [3, 2], [6]);
    expect(operators(graph, { y: graph.node("Neg", [there]) })).toEqual(["Reshape", "Neg"]);
  });

  test("of a shape that is not known are kept", () => {
    const graph = new OnnxGraph();
    graph.input("x", [2, 3], "float32");
    expect(operators(graph, { y: graph.node("Neg", [graph.reshape("x", [2, 3])]) })).toEqual([
      "Reshape",
      "Neg",
    ]);
  });
});

describe("graph: outputs", () => {
  test("are what nodes make, also where others read it", () => {
    const graph = new OnnxGraph();
    graph.input("x", [2, 3], "float32");
    const negative = graph.node("Neg", ["x"]);
    expect(operators(graph, { negative, size: graph.node("Abs", [negative]) })).toEqual(["Neg", "Abs"]);
    expect(graph.model("test").nodes.map(({ inputs }) => inputs)).toEqual([["x"], ["negative"]]);
  });

  test("are copies of inputs, of constants and of other outputs", async () => {
    const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
    const program = await engine.compile({
      name: "outputs",
      inputs: { x: { shape: [2], dtype: "float32" } },
      body: ({ x }: NamedTensors) => {
        if (x === undefined) throw new Error("no x");
        const negative = tf.neg(x);
        return {
          x,
          one: negative,
          other: negative,
          constant: tf.tensor1d([5, 6]),
          flat: tf.reshape(x, [1, 2]),
        };
      },
    });
    const found = await program.run({ x: Float32Array.of(1, 2) });
    const values = Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, [...data]]));
    expect(values).toEqual({ x: [1, 2], one: [-1, -2], other: [-1, -2], constant: [5, 6], flat: [1, 2] });
    expect(found.flat?.shape).toEqual([1, 2]);
  });
});
