import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { TurncoatError, messageOf } from "../errors.js";
import { createEagerEngine } from "./eagerEngine.js";
import { createOnnxEngine, type OnnxEngineOptions } from "./onnx/onnxEngine.js";
import type { Engine } from "./program.js";
import { tf } from "./tfjs.js";

/** Names of the engines that programs run on. */
export const engineNames = ["onnxruntime", "wasm", "tfjs-node-gpu"] as const;
export type EngineName = (typeof engineNames)[number];

/** Choice of an engine, and its settings. */
export interface EngineOptions extends OnnxEngineOptions {
  /**
   * Name of the engine.
   * @default the environment variable TURNCOAT_ENGINE; without it onnxruntime, or wasm where
   * onnxruntime-node does not load
   */
  readonly engine?: EngineName;
}

const require = createRequire(import.meta.url);

/**
 * Makes the engine that programs run on.
 * @throws TurncoatError for an unknown engine, or one that was asked for by name and is not there.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const wanted = options.engine ?? engineFromEnvironment();
  switch (wanted) {
    case "wasm":
      return createWasmEngine();
    case "tfjs-node-gpu":
      return createTensorflowEngine();
    case "onnxruntime":
      return createOnnxEngine(options).catch((cause: unknown) => {
        throw new TurncoatError(`onnxruntime-node does not load: ${messageOf(cause)}`, {
          hint: "set TURNCOAT_ENGINE=wasm to run without it",
          cause,
        });
      });
    case undefined:
      return createOnnxEngine(options).catch(() => createWasmEngine());
  }
}

function engineFromEnvironment(): EngineName | undefined {
  const value = process.env.TURNCOAT_ENGINE;
  if (value === undefined || value === "") return undefined;
  const known = engineNames.find((name) => name === value);
  if (known !== undefined) return known;
  throw new TurncoatError(`TURNCOAT_ENGINE: expected ${engineNames.join(", ")}, found "${value}"`);
}

async function createWasmEngine(): Promise<Engine> {
  const { setWasmPaths, version_wasm } = await import("@tensorflow/tfjs-backend-wasm");
  // Worker threads of the wasm backend would keep the process alive after the work is done.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  await tf.setBackend("wasm");
  return createEagerEngine("wasm", {
    name: "wasm",
    version: version_wasm,
    executionProvider: "cpu",
    threads: 1,
  });
}

function createTensorflowEngine(): Engine {
  const name = "@tensorflow/tfjs-node-gpu";
  try {
    // Not a dependency: its install script downloads TensorFlow, so only those who want it install it.
    require(name);
  } catch (cause) {
    throw new TurncoatError(`TURNCOAT_ENGINE=tfjs-node-gpu: ${name} does not load here`, {
      hint: `install it beside Turncoat with "npm install --no-save ${name}", or unset TURNCOAT_ENGINE`,
      cause,
    });
  }
  return createEagerEngine("tensorflow", {
    name: "tfjs-node-gpu",
    version: tf.version_core,
    executionProvider: "cuda",
    threads: null,
  });
}
