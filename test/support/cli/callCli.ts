import { runCommandLine } from "../../../src/cli/runCommandLine.js";
import { printedBy, type Surroundings } from "./printedBy.js";
import type { CliResult } from "./runCli.js";

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `turncoat` to its end in this process, which loads its modules once: several times as quick as a process of its own
 * (`runCli`), for tests of what a command says and does. One call waits for the one before it.
 */
export function callCli(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const call = last.then(() => callWithin(words, { environment }));
  last = call.catch(() => undefined);
  return call;
}

/** Runs `turncoat` in this process as `callCli` does, at once, with something typed or somebody who hears what is printed. */
export async function callWithin(words: readonly string[], surroundings: Surroundings): Promise<CliResult> {
  const { result, stdout, stderr } = await printedBy(() => runCommandLine(words), surroundings);
  const code = process.exitCode ?? result;
  process.exitCode = undefined;
  return { code: Number(code), stdout, stderr };
}
