import { beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/tensor/engine.js";
import { typed } from "../../../src/tensor/onnx/graph.js";
import { dtypeName, traceBackendName } from "../../../src/tensor/onnx/traceBackend.js";
import { dtypeOf, type Engine, type ProgramDefinition } from "../../../src/tensor/program.js";
import { type TensorData } from "../../../src/tensor/tensorData.js";
import { Random } from "../../../src/tensor/random.js";
import { fusedKernels } from "../../../src/tensor/onnx/kernels/fused.js";
import { tf } from "../../../src/tensor/tfjs.js";
import { Draw } from "../../support/tensor/draw.js";
import type { KernelCase } from "../../support/tensor/caseBuilders.js";
import { kernelCases } from "../../support/tensor/kernelCases.js";

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
  // The first compilation registers the kernels.
  await (await engine.compile({ name: "empty", inputs: {}, body: () => ({ one: tf.scalar(1) }) })).dispose();
});

/** Runs a case compiled. */
async function compiled({ tensors, op }: KernelCase): Promise<TensorData[]> {
  const definition: ProgramDefinition = {
    name: "kernel",
    inputs: Object.fromEntries(
      tensors.map(({ shape, data }, index) => [`input ${index}`, { shape, dtype: dtypeOf(data) }]),
    ),
    body: (named) => {
      const results = [op(...Object.values(named))].flat();
      return Object.fromEntries(results.map((result, index) => [`output ${index}`, result]));
    },
  };
  const program = await engine.compile(definition);
  const feeds = Object.fromEntries(tensors.map(({ data }, index) => [`input ${index}`, data]));
  const results = await program.run(feeds);
  await program.dispose();
  return Object.values(results);
}

/** Runs a case on TensorFlow.js's own JavaScript backend, and says which kernels it used. */
async function eager({ tensors, op }: KernelCase): Promise<{ results: TensorData[]; kernels: string[] }> {
  await tf.setBackend("cpu");
  const results: TensorData[] = [];
  const profile = await tf.profile(() =>
    tf.tidy(() => {
      const inputs = tensors.map(({ shape, data }) => tf.tensor(data, [...shape], dtypeOf(data)));
      for (const result of [op(...inputs)].flat()) {
        // A cast leaves the array as it was there; the tensor's type is what counts.
        const values = Array.from(result.dataSync());
        results.push({ shape: result.shape, data: typed(values, dtypeName(result.dtype)) });
      }
      return tf.scalar(0);
    }),
  );
  return { results, kernels: profile.kernelNames };
}

function expectEqual(found: readonly TensorData[], expected: readonly TensorData[], where: string): void {
  expect(
    found.map(({ shape }) => shape),
    where,
  ).toEqual(expected.map(({ shape }) => shape));
  expect(
    found.map(({ data }) => dtypeOf(data)),
    where,
  ).toEqual(expected.map(({ data }) => dtypeOf(data)));
  for (const [index, { data }] of found.entries()) {
    const values = expected[index]?.data ?? [];
    for (const [position, value] of data.entries()) {
      const wanted = values[position] ?? NaN;
      // Float32 functions are right to some units in the last place (6e-8); sums and products here have at most a
      // hundred terms, and the reference's own erf is an approximation to 1.5e-7.
      const tolerance = data instanceof Float32Array ? 2e-6 * Math.max(1, Math.abs(wanted)) : 0;
      if (!(Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance)) {
        expect.fail(`${where}: output ${index}, position ${position}: expected ${wanted}, found ${value}`);
      }
    }
  }
}

function describeCase({ tensors, op }: KernelCase): string {
  return `${op.toString().replaceAll(/\s+/g, " ")} on ${tensors.map(({ shape, data }) => `${dtypeOf(data)}[${shape.join()}]`).join(" ")}`;
}

const trials = 24;

describe("compiled kernels compute what TensorFlow.js computes", () => {
  test.each(Object.entries(kernelCases))("%s", async (kernel, drawCase) => {
    const random = new Random(1).fork(kernel);
    for (let trial = 0; trial < trials; trial++) {
      const drawn = drawCase(new Draw(random.fork(trial)));
      const { results, kernels } = await eager(drawn);
      if (trial === 0) expect(kernels, "the case must reach its kernel").toContain(kernel);
      expectEqual(await compiled(drawn), results, `trial ${trial}: ${describeCase(drawn)}`);
    }
  });
});

test("every kernel that can be compiled has a case", () => {
  const registered = tf.getKernelsForBackend(traceBackendName).map(({ kernelName }) => kernelName);
  // Those that TensorFlow.js does not have are compared with plain ops in fusedKernels.test.ts.
  const cases = [...Object.keys(kernelCases), ...Object.keys(fusedKernels)];
  expect(registered.sort()).toEqual(cases.sort());
});

test("matrix products broadcast all axes of a batch", async () => {
  // TensorFlow.js's own backend only gets leading axes right, so the broadcast is spelled out instead.
  const draw = new Draw(new Random(2));
  for (const transposeA of [true, false]) {
    for (const transposeB of [true, false]) {
      const a = draw.floats([3, 1, ...(transposeA ? [4, 2] : [2, 4])]);
      const b = draw.floats([1, 5, ...(transposeB ? [3, 4] : [4, 3])]);
      const op = (x: tf.Tensor, y: tf.Tensor) => {
        const spelled = tf.matMul(tf.tile(x, [1, 5, 1, 1]), tf.tile(y, [3, 1, 1, 1]), transposeA, transposeB);
        return [tf.matMul(x, y, transposeA, transposeB), spelled];
      };
      const pair = (...[x, y]: tf.Tensor[]) => (x === undefined || y === undefined ? [] : op(x, y));
      const [broadcast, spelled] = await compiled({ tensors: [a, b], op: pair });
      expectEqual(broadcast ? [broadcast] : [], spelled ? [spelled] : [], `${transposeA} ${transposeB}`);
      expect(broadcast?.shape).toEqual([3, 5, 2, 3]);
    }
  }
});

test("small numbers keep their digits", async () => {
  const x: TensorData = { shape: [5], data: Float32Array.of(1e-7, -3e-6, 2e-4, -1e-3, 0) };
  const op = (...[small]: tf.Tensor[]) => (small === undefined ? [] : [tf.expm1(small), tf.log1p(small)]);
  const [expm1, log1p] = await compiled({ tensors: [x], op });
  for (const [index, value] of x.data.entries()) {
    // Relative to the value: a few roundings at 6e-8.
    const tolerance = 5e-7 * Math.abs(value);
    expect(Math.abs((expm1?.data[index] ?? NaN) - Math.expm1(value))).toBeLessThanOrEqual(tolerance);
    expect(Math.abs((log1p?.data[index] ?? NaN) - Math.log1p(value))).toBeLessThanOrEqual(tolerance);
  }
});

test("tensors without elements keep their shapes", async () => {
  const empty: TensorData = { shape: [2, 0, 3], data: new Float32Array() };
  const full: TensorData = { shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const op = (...[none, some]: tf.Tensor[]) =>
    none === undefined || some === undefined
      ? []
      : [
          tf.mul(none, 2),
          tf.concat([none, some], 1),
          tf.sum(none, 1),
          tf.reshape(none, [0, 7]),
          tf.transpose(none),
        ];
  const results = await compiled({ tensors: [empty, full], op });
  expect(results.map(({ shape }) => shape)).toEqual([
    [2, 0, 3],
    [2, 1, 3],
    [2, 3],
    [0, 7],
    [3, 0, 2],
  ]);
  expect([...(results[1]?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...(results[2]?.data ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
});
