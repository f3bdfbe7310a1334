#!/usr/bin/env node
import { CommanderError, type Command } from "commander";
import { isTurncoatError } from "../errors.js";
import { turncoatProgram } from "./program.js";

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
      process.stderr.write(`error: ${error.message}\n`);
      if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
    } else {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
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
