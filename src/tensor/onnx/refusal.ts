import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { TurncoatError } from "../../errors.js";

/** Error thrown while a body is traced, for code that cannot become part of a compiled program. */
export class TraceError extends Error {}

/** The folder of the code that records, whose frames are not the caller's. */
const recorderFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Makes the error to throw for one that a traced body threw: kernels without a recorder and values that do not exist
 * while tracing are told with the program's name and the line of the body that asked for them. Any other error is the
 * body's own and stays as it is.
 */
export function refusal(error: unknown, program: string): unknown {
  if (!(error instanceof Error)) return error;
  const where = callSite(error.stack ?? "");
  const told = `${program}${where === undefined ? "" : ` (${where})`}`;
  if (error instanceof TraceError)
    return new TurncoatError(`compile ${told}: ${error.message}`, { cause: error });
  const kernel = /^Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (kernel === undefined) return error;
  if (kernel === "Multinomial") {
    return new TurncoatError(`compile ${told}: ${randomMessage("multinomial")}`, { cause: error });
  }
  return new TurncoatError(`compile ${told}: the TensorFlow.js kernel ${kernel} is not supported`, {
    hint: "write the computation with other ops, or run it with the engine wasm",
    cause: error,
  });
}

/** The message for an op that would draw its random numbers once, while the program is compiled. */
export function randomMessage(op: string): string {
  return (
    `tf.${op} would draw its random numbers once, when the program is compiled; ` +
    `draw them outside and pass them as an input`
  );
}

/** `file:line` of the innermost frame outside TensorFlow.js, Node and the recorder. */
function callSite(stack: string): string | undefined {
  for (const line of stack.split("\n")) {
    const frame = /^\s+at .*?\(?((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*):(\d+):\d+\)?$/.exec(line);
    const [, path, number] = frame ?? [];
    if (path === undefined || number === undefined) continue;
    const file = path.startsWith("file:") ? fileURLToPath(path) : path;
    if (file.startsWith(recorderFolder) || /[\\/]node_modules[\\/]/.test(file)) continue;
    return `${file}:${number}`;
  }
  return undefined;
}
