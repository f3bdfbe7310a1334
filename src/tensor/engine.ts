import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { TurncoatError, messageOf } from "../errors.js";
import { commandLine } from "../hints.js";
import { createEagerEngine } from "./eagerEngine.js";
import { createOnnxEngine, type OnnxEngineOptions } from "./onnx/onnxEngine.js";
import type { Engine } from "./program.js";
import { createTensorflowEngine, tensorflowPackages, type TensorflowPackage } from "./tensorflowEngine.js";
import { tf } from "./tfjs.js";

/** Names of the engines that programs run on. */
export const engineNames = ["onnxruntime", "wasm", "tfjs-node", "tfjs-node-gpu"] as const;
/** Name of an engine that this machine can choose. */
export type EngineName = (typeof engineNames)[number];

/** Choice of an engine, and its settings. */
export interface EngineOptions extends OnnxEngineOptions {
  /**
   * Name of the engine.
   * @default the environment variable TURNCOAT_ENGINE; without it onnxruntime; where
   * onnxruntime-node does not load, tfjs-node-gpu or tfjs-node if it is installed, else wasm
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
    case "tfjs-node":
    case "tfjs-node-gpu":
      return namedTensorflowEngine(wanted, options.threads);
    case "onnxruntime":
      return createOnnxEngine(options).catch((cause: unknown) => {
        throw new TurncoatError(`onnxruntime-node does not load: ${messageOf(cause)}`, {
          hint: "set TURNCOAT_ENGINE=wasm to run without it",
          cause,
        });
      });
    case undefined:
      return createOnnxEngine(options).catch(() => engineWithoutOnnx(options.threads));
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

/** The engine on TensorFlow that was asked for by name. */
function namedTensorflowEngine(name: TensorflowPackage, threads: number | undefined): Engine {
  try {
    return createTensorflowEngine(name, threads);
  } catch (cause) {
    const [why = ""] = messageOf(cause).split("\n");
    throw new TurncoatError(`TURNCOAT_ENGINE=${name}: @tensorflow/${name} does not load here: ${why}`, {
      hint: `Install it beside Turncoat with "npm install --no-save @tensorflow/${name}", or unset TURNCOAT_ENGINE.`,
      cause,
    });
  }
}

/** The engine where ONNX Runtime does not load: TensorFlow where somebody installed it, else wasm. */
async function engineWithoutOnnx(threads: number | undefined): Promise<Engine> {
  for (const name of tensorflowPackages) {
    try {
      return createTensorflowEngine(name, threads);
    } catch {
      // It is not installed, or cannot run here.
    }
  }
  return createWasmEngine().catch((cause: unknown) => {
    throw new TurncoatError(`no engine runs here; wasm, the last that was tried: ${messageOf(cause)}`, {
      hint: `${commandLine("doctor")} says how to get one.`,
      cause,
    });
  });
}
