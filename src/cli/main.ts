#!/usr/bin/env node
import { isTurncoatError } from "../errors.js";
import { unwritable } from "../tensor/systemFaults.js";
import { exitCodes, runCommandLine, tellError } from "./runCommandLine.js";

// A reader such as `head` that has had enough closes the pipe: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  const fault = unwritable("standard output", error);
  if (!isTurncoatError(fault)) throw error;
  tellError(fault);
  process.exit(exitCodes.failed);
});

const status = await runCommandLine(process.argv.slice(2));
// A signal that ended the work has set its own.
process.exitCode ??= status;
