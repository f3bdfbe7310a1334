import { CommanderError } from "commander";
import { isTurncoatError, type TurncoatError } from "../errors.js";
import { systemFault } from "../tensor/systemFaults.js";
import { tell, tellAll } from "./output/terminal.js";
import { everyCommand, turncoatProgram } from "./program.js";

/** Exit statuses of the command line: done, failed, and not understood. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** Runs one command line of `turncoat`, the words after its name, and gives its exit status; an error is told in one line. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const program = turncoatProgram();
  for (const command of everyCommand(program)) command.exitOverride();
  try {
    await program.parseAsync([...words], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const debug = program.opts<{ debug?: boolean }>().debug === true;
    const known = isTurncoatError(error) ? error : systemFault(error);
    if (known !== null && !debug) tellError(known);
    else tellAll(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failed;
  }
}

/** Prints an error that a user can mend, in one line, and what to do. */
export function tellError({ message, hint }: TurncoatError): void {
  tell(`error: ${message}`);
  if (hint !== undefined) tell(`hint: ${hint}`);
}
