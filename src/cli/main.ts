#!/usr/bin/env node
import { CommanderError } from "commander";
import { isTurncoatError, type TurncoatError } from "../errors.js";
import { systemFault, unwritable } from "../tensor/systemFaults.js";
import { everyCommand, turncoatProgram } from "./program.js";
import { tell, tellAll } from "./output/terminal.js";

const exitCodes = { ok: 0, failed: 1, usage: 2 };

/** Runs one command line and gives the process's exit code. */
async function main(words: readonly string[]): Promise<number> {
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
function tellError({ message, hint }: TurncoatError): void {
  tell(`error: ${message}`);
  if (hint !== undefined) tell(`hint: ${hint}`);
}

// A reader such as `head` that has had enough closes the pipe: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  const fault = unwritable("standard output", error);
  if (!isTurncoatError(fault)) throw error;
  tellError(fault);
  process.exit(exitCodes.failed);
});

const status = await main(process.argv.slice(2));
// A signal that ended the work has set its own.
process.exitCode ??= status;
