import { availableParallelism } from "node:os";
import type * as ort from "onnxruntime-node";
import { TurncoatError, messageOf } from "../../errors.js";
import { checkFeeds } from "../checkFeeds.js";
import { dtypeOf, type Engine, type Program, type ProgramDefinition } from "../program.js";
import type { TensorData, TensorValues } from "../tensorData.js";
import { FrozenWeights, sessionExtra } from "./frozenWeights.js";
import { inputName, outputName, trace } from "./trace.js";
import type { ExecutionProvider } from "./executionProviders.js";

/** Bytes of intermediate values from which on a program gives memory back after each run. */
const largeProgram = 2 ** 28;

/** Settings of the ONNX Runtime engine. */
export interface OnnxEngineOptions {
  /** Device to compute on. @default "cpu" */
  readonly executionProvider?: ExecutionProvider;
  /** Threads inside one operation. @default one for each available core */
  readonly threads?: number;
  /**
   * Place of weights that lie in files. `shared`: one float32 copy for all programs, supplied with each
   * run. `packed`: each program reads its own and lays it out for its matrix products, as it also does with
   * constants in memory.
   *
   * Measured on two cores: products of 2 to 32 rows with weights of a 0.5B model's shape take 1.5 to 2 times as
   * long with shared weights, of one row 1.2 times, of 64 and more a tenth longer at most; packed weights
   * cost memory once again for every program (prompt, next token, each length), and ONNX Runtime's Node binding
   * has no way to share them.
   * @default "shared" on the cpu; "packed" elsewhere, where each run would move shared weights to the device
   */
  readonly frozenWeights?: "shared" | "packed";
}

/**
 * Loads ONNX Runtime and makes the engine that compiles programs for it.
 * @throws whatever loading the native library throws, where it cannot run on this machine.
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const runtime = await import("onnxruntime-node");
  // What goes wrong is thrown; the library would print it to the terminal as well.
  runtime.env.logLevel = "fatal";
  const executionProvider = options.executionProvider ?? "cpu";
  const threads = options.threads ?? availableParallelism();
  const sessionOptions: ort.InferenceSession.SessionOptions = {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // With a pattern every session would keep the memory of its first run, which finds the pattern, beside that of
    // all others: half as much again for a step of a 0.5B model. Runs take one or two percent longer without.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // A waiting thread spins about as long as one operation takes, then sleeps. Spinning for as long as the library
    // does by default costs several times the work where other programs want the cores.
    extra: { session: { intra_op: { spin_duration_us: "50" } } },
  };
  const isShared =
    (options.frozenWeights ?? (executionProvider === "cpu" ? "shared" : "packed")) === "shared";
  const weights = new FrozenWeights(runtime, sessionOptions);
  return {
    description: {
      name: "onnxruntime",
      version: runtime.env.versions.node ?? runtime.env.versions.common,
      executionProvider,
      threads,
    },
    async compile(definition) {
      const traced = await trace(definition, isShared ? "input" : "initializer");
      const { model, outputs, externalFile } = traced;
      const frozen: Record<string, ort.Tensor> = {};
      // One after the other: each maps a part of its file while it loads.
      for (const [name, slice] of Object.entries(traced.fileInputs)) {
        frozen[name] = await weights.tensor(slice);
      }
      const options = {
        ...sessionOptions,
        enableCpuMemArena: (definition.intermediateBytes ?? 0) < largeProgram,
        ...(externalFile === undefined ? {} : { extra: sessionExtra(sessionOptions.extra, externalFile) }),
      };
      const session = await runtime.InferenceSession.create(model, options).catch((cause: unknown) => {
        if (executionProvider === "cpu") throw cause;
        throw new TurncoatError(
          `ONNX Runtime does not run on ${executionProvider} here: ${messageOf(cause).split("\n")[0] ?? ""}`,
          { hint: "choose the execution provider cpu, which runs everywhere", cause },
        );
      });
      return new OnnxProgram(runtime, session, { definition, outputs, frozen });
    },
  };
}

/** The part of the library that a program needs after it was loaded. */
type Runtime = Pick<typeof ort, "Tensor">;

/** Result of compiling a program. */
interface CompiledProgram {
  readonly definition: ProgramDefinition;
  readonly outputs: Readonly<Record<string, { shape: readonly number[] }>>;
  /** Weights that the graph takes as inputs, by their names there. */
  readonly frozen: Readonly<Record<string, ort.Tensor>>;
}

class OnnxProgram implements Program {
  readonly #runtime: Runtime;
  readonly #session: ort.InferenceSession;
  readonly #definition: ProgramDefinition;
  readonly #outputs: CompiledProgram["outputs"];
  #frozen: CompiledProgram["frozen"];

  constructor(runtime: Runtime, session: ort.InferenceSession, compiled: CompiledProgram) {
    this.#runtime = runtime;
    this.#session = session;
    this.#definition = compiled.definition;
    this.#outputs = compiled.outputs;
    this.#frozen = compiled.frozen;
  }

  async run(
    feeds: Readonly<Record<string, TensorValues>>,
    outputs: Readonly<Record<string, TensorValues>> = {},
  ): Promise<Record<string, TensorData>> {
    checkFeeds(this.#definition, feeds);
    const inputs: Record<string, ort.Tensor> = { ...this.#frozen };
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
    this.#frozen = {};
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
