import { availableParallelism } from "node:os";
import type * as ort from "onnxruntime-node";
import { checkFeeds } from "../checkFeeds.js";
import type { Engine, Program, ProgramDefinition, TensorData, TensorValues } from "../program.js";
import { dtypeOf } from "../program.js";
import { inputName, outputName, trace } from "./trace.js";

/** Settings of the ONNX Runtime engine. */
export interface OnnxEngineOptions {
  /** @default "cpu" */
  readonly executionProvider?: "cpu" | "webgpu" | "cuda";
  /** Threads inside one operation. @default one for each available core */
  readonly threads?: number;
}

/**
 * Loads ONNX Runtime and gives the engine that compiles programs for it.
 * @throws whatever loading the native library throws, where it cannot run on this machine.
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const runtime = await import("onnxruntime-node");
  const executionProvider = options.executionProvider ?? "cpu";
  const threads = options.threads ?? availableParallelism();
  const sessionOptions: ort.InferenceSession.SessionOptions = {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Waiting threads sleep. Spinning saves a little on an idle machine and costs several times the work where
    // other programs want the cores.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
  return {
    description: {
      name: "onnxruntime",
      version: runtime.env.versions.node ?? runtime.env.versions.common,
      executionProvider,
      threads,
    },
    async compile(definition) {
      const { model, outputs } = await trace(definition);
      const session = await runtime.InferenceSession.create(model, sessionOptions);
      return new OnnxProgram(runtime, session, definition, outputs);
    },
  };
}

/** The part of the library that a program needs after it was loaded. */
type Runtime = Pick<typeof ort, "Tensor">;

class OnnxProgram implements Program {
  readonly #runtime: Runtime;
  readonly #session: ort.InferenceSession;
  readonly #definition: ProgramDefinition;
  readonly #outputs: Readonly<Record<string, { shape: readonly number[] }>>;

  constructor(
    runtime: Runtime,
    session: ort.InferenceSession,
    definition: ProgramDefinition,
    outputs: Readonly<Record<string, { shape: readonly number[] }>>,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#definition = definition;
    this.#outputs = outputs;
  }

  async run(
    feeds: Readonly<Record<string, TensorValues>>,
    outputs: Readonly<Record<string, TensorValues>> = {},
  ): Promise<Record<string, TensorData>> {
    checkFeeds(this.#definition, feeds);
    const inputs: Record<string, ort.Tensor> = {};
    for (const [name, { shape }] of Object.entries(this.#definition.inputs)) {
      const values = feeds[name];
      if (values !== undefined) inputs[inputName(name)] = this.#tensor(values, shape);
    }
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [name, { shape }] of Object.entries(this.#outputs)) {
      const target = outputs[name];
      fetches[outputName(name)] = target === undefined ? null : this.#tensor(target, shape);
    }
    const results = await this.#session.run(inputs, fetches);
    return Object.fromEntries(
      Object.entries(this.#outputs).map(([name, { shape }]) => [
        name,
        { shape, data: outputs[name] ?? tensorValues(results[outputName(name)]) },
      ]),
    );
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  #tensor(values: TensorValues, shape: readonly number[]): ort.Tensor {
    return new this.#runtime.Tensor(dtypeOf(values), values, shape);
  }
}

function tensorValues(tensor: ort.Tensor | undefined): TensorValues {
  const data = tensor?.data;
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
  throw new TypeError(`unexpected output of type ${tensor?.type ?? "nothing"}`);
}
