import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { createEagerEngine } from "./eagerEngine.js";
import type { Engine } from "./program.js";
import { tf } from "./tfjs.js";

/** Packages that run TensorFlow.js on the native TensorFlow library. Neither is installed with Turncoat. */
export const tensorflowPackages = ["tfjs-node-gpu", "tfjs-node"] as const;
export type TensorflowPackage = (typeof tensorflowPackages)[number];

const require = createRequire(import.meta.url);

/** What the backend of both packages says of the library that it runs on. */
const backendSchema = z.object({
  isUsingGpuDevice: z.boolean(),
  binding: z.object({ TF_Version: z.string() }),
});

/** Environment variable by which TensorFlow takes its threads, once, when it is loaded. */
const threadsVariable = "TF_NUM_INTRAOP_THREADS";

/**
 * Loads one of the packages and makes the engine that runs programs on TensorFlow, op by op.
 *
 * The library takes its number of threads when it is loaded: a later engine of the process has those of the first.
 * @throws whatever loading it throws, where it is not installed or cannot run on this machine
 */
export function createTensorflowEngine(name: TensorflowPackage, threads?: number): Engine {
  load(name, threads);
  const { isUsingGpuDevice: isGpu, binding } = backendSchema.parse(tf.findBackend("tensorflow"));
  return createEagerEngine("tensorflow", {
    name,
    version: binding.TF_Version,
    executionProvider: isGpu ? "cuda" : "cpu",
    threads: isGpu ? null : (threadsOfEnvironment() ?? availableParallelism()),
  });
}

function load(name: TensorflowPackage, threads: number | undefined): void {
  const path = `@tensorflow/${name}`;
  const { name: found } = z.object({ name: z.string() }).parse(require(`${path}/package.json`));
  // Another package may stand under this name, as TensorFlow.js itself does for those who have danfojs-node.
  if (found !== path) throw new Error(`${path}: what is installed under this name is ${found}`);
  const loaded: unknown = tf.findBackend("tensorflow");
  if (loaded !== null) return;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  if (threads !== undefined) process.env[threadsVariable] = String(threads);
  require(path);
}

function threadsOfEnvironment(): number | null {
  const threads = Number(process.env[threadsVariable]);
  return Number.isInteger(threads) && threads > 0 ? threads : null;
}
