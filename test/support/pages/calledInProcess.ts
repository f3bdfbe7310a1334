import { callWithin } from "../cli/callCli.js";
import type { Printed, Surroundings } from "../cli/printedBy.js";

/**
 * Runs a command line of `turncoat` in this process, in its folder. The result is what was printed on standard error where it
 * ended with another status than 0; null where it did not.
 */
export async function calledInProcess(
  words: readonly string[],
  surroundings: Surroundings = {},
): Promise<Printed<string | null>> {
  const { code, stdout, stderr } = await callWithin(words, surroundings);
  return { result: code === 0 ? null : `exit status ${code}: ${stderr}`, stdout, stderr };
}
