#!/usr/bin/env node
import { CommanderError, type Command } from "commander";
import { isTurncoatError } from "../errors.js";
import { turncoatProgram } from "./program.js";
import { tell, tellAll } from "./output/terminal.js";

const exitCodes = { ok: 0, failed: 1, usage: 2 };

/** Runs one command line and gives the process's exit code. */
async function main(words: readonly string[]): Promise<number> {
  const program = turncoatProgram();
  for (const command of everyCommand(program)) command.exitOverride().showSuggestionAfterError(true);
  try {
    await program.parseAsync([...words], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const debug = program.opts<{ debug?: boolean }>().debug === true;
    if (isTurncoatError(error) && !debug) {
      tell(`error: ${error.message}`);
      if (error.hint !== undefined) tell(`hint: ${error.hint}`);
    } else {
      tellAll(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return exitCodes.failed;
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

// A reader such as `head` that has had enough closes the pipe: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  throw error;
});

const status = await main(process.argv.slice(2));
// A signal that ended the work has set its own.
process.exitCode ??= status;
