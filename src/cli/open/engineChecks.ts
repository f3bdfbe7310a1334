import { messageOf } from "../../errors.js";
import { createEngine, engineNames, type EngineName } from "../../tensor/engine.js";
import type { ExecutionProvider } from "../../tensor/onnx/executionProviders.js";
import type { EngineDescription } from "../../tensor/program.js";
import { tf } from "../../tensor/tfjs.js";

/** An engine, and whether it runs here. */
export interface EngineCheck {
  readonly name: EngineName;
  readonly executionProvider: ExecutionProvider | null;
  /** What it says of itself; null where it does not run. */
  readonly runs: EngineDescription | null;
  /** Reason why it does not run, in one line; null where it does. */
  readonly reason: string | null;
  /** What makes it run; null where nothing is to be done, or nobody knows. */
  readonly fix: string | null;
}

/** Ways of getting what is missing. */
const fixes: Readonly<Record<EngineName, string>> = {
  onnxruntime: "npm install onnxruntime-node, on a system that it has a library for",
  wasm: "npm install @tensorflow/tfjs-backend-wasm",
  "tfjs-node": "npm install --no-save @tensorflow/tfjs-node (downloads TensorFlow; optional)",
  "tfjs-node-gpu":
    "npm install --no-save @tensorflow/tfjs-node-gpu (downloads TensorFlow; needs CUDA; optional)",
};

const providerFixes: Readonly<Partial<Record<ExecutionProvider, string>>> = {
  webgpu:
    "sudo apt-get install libvulkan1 mesa-vulkan-drivers, or the driver of your GPU for Vulkan, Metal or Direct3D 12 (optional)",
  cuda: "ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js, with CUDA 12 and cuDNN (optional)",
};

/** Runs a small program on every engine, and on every execution provider of ONNX Runtime. */
export async function checkEngines(): Promise<EngineCheck[]> {
  const checks: EngineCheck[] = [];
  for (const name of engineNames) {
    if (name === "onnxruntime")
      for (const provider of ["cpu", "webgpu", "cuda"] as const) checks.push(await check(name, provider));
    else checks.push(await check(name, null));
  }
  return checks;
}

async function check(name: EngineName, executionProvider: ExecutionProvider | null): Promise<EngineCheck> {
  try {
    const engine = await createEngine({
      engine: name,
      ...(executionProvider === null ? {} : { executionProvider }),
    });
    const program = await engine.compile({
      name: "doctor",
      inputs: { x: { shape: [1, 2], dtype: "float32" } },
      body: ({ x }) => {
        if (x === undefined) throw new Error("the input is missing");
        return { y: tf.matMul(x, x, false, true) };
      },
    });
    const { y } = await program.run({ x: Float32Array.of(3, 4) });
    await program.dispose();
    if (y?.data[0] !== 25) throw new Error(`3² + 4² came out as ${y?.data[0] ?? "nothing"}`);
    return { name, executionProvider, runs: engine.description, reason: null, fix: null };
  } catch (error) {
    const reason = shortReason(messageOf(error));
    const fix = (executionProvider === null ? undefined : providerFixes[executionProvider]) ?? fixes[name];
    return { name, executionProvider, runs: null, reason, fix };
  }
}

/** Most characters of a reason. */
const longestReason = 120;

/** The last words of a message, which name the cause: what stands before says where in a library it arose. */
function shortReason(message: string): string {
  const [line = ""] = message.replace(/^.*? here: /s, "").split("\n");
  return line.length <= longestReason ? line : (line.split(/: |\. /).at(-1) ?? line).slice(-longestReason);
}
