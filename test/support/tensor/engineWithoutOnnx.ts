import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { packageRoot } from "../../../src/pipeline/packageRoot.js";

const run = promisify(execFile);

/** A loader that makes onnxruntime-node fail to load, as on a machine for which it has no library. */
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === "onnxruntime-node") throw new Error("no native library for this machine");
  return next(specifier, context);
}`;
const withoutOnnxRuntime = asModule(
  `import { register } from "node:module"; register(${JSON.stringify(asModule(hooks))});`,
);

function asModule(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** Multiplies on the engine that is chosen when none is named, in a process of its own. */
const script = `
  import { createEngine } from "./src/tensor/engine.js";
  import { tf } from "./src/tensor/tfjs.js";
  const engine = await createEngine();
  const program = await engine.compile({
    name: "product",
    inputs: { x: { shape: [1, 2], dtype: "float32" } },
    body: ({ x }) => ({ y: tf.matMul(x, x, false, true) }),
  });
  const { y } = await program.run({ x: Float32Array.of(3, 4) });
  console.log(JSON.stringify({ name: engine.description.name, y: [...y.data] }));
`;

/** The engine that is chosen in a process where onnxruntime-node does not load, and what it multiplies. */
export async function engineWithoutOnnx(
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const inherited = Object.entries(process.env).filter(([name]) => name !== "TURNCOAT_ENGINE");
  const { stdout } = await run(
    process.execPath,
    ["--import", "tsx", "--import", withoutOnnxRuntime, "--input-type=module", "--eval", script],
    { cwd: packageRoot(), env: { ...Object.fromEntries(inherited), ...environment } },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
