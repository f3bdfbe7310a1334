import { CommanderError } from "commander";
import { everyCommand, turncoatProgram } from "../../../src/cli/program.js";
import { isTurncoatError } from "../../../src/errors.js";
import { printedBy, type Printed, type Surroundings } from "../cli/printedBy.js";

/**
 * Runs a command line of `turncoat` in this process, in its folder. The result is what ended it before its end, or an exit
 * status that is not 0; null where there is neither.
 */
export async function calledInProcess(
  words: readonly string[],
  surroundings: Surroundings = {},
): Promise<Printed<string | null>> {
  const program = turncoatProgram();
  for (const command of everyCommand(program)) command.exitOverride();
  const printed = await printedBy(
    () => program.parseAsync([...words], { from: "user" }).then(() => null, faultOf),
    surroundings,
  );
  const { exitCode } = process;
  process.exitCode = undefined;
  if (printed.result !== null || exitCode === undefined) return printed;
  return { ...printed, result: `exit status ${exitCode}` };
}

function faultOf(error: unknown): string | null {
  if (error instanceof CommanderError) return error.exitCode === 0 ? null : error.message;
  if (isTurncoatError(error)) return [error.message, error.hint ?? ""].join("\n");
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
