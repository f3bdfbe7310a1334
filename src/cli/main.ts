#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { isTurncoatError } from "../errors.js";
import { packageVersion } from "../pipeline/packageRoot.js";
import { analyzeCommand } from "./commands/analyze.js";
import { changeCommand } from "./commands/change.js";
import { chatCommand } from "./commands/chat.js";
import { demoCommand } from "./commands/demo.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { importCommand } from "./commands/import.js";
import { judgeCommand } from "./commands/judge.js";
import { likelihoodCommand } from "./commands/likelihood.js";
import { logitsCommand } from "./commands/logits.js";
import { organismCommand } from "./commands/organism.js";
import { ratesCommand } from "./commands/rates.js";
import { runsCommand } from "./commands/runs.js";
import { reportCommand } from "./commands/report.js";
import { serveCommand } from "./commands/serve.js";
import { trainCommand } from "./commands/train.js";

const exitCodes = { ok: 0, failed: 1, usage: 2 };

/** Runs one command line and gives the process's exit code. */
async function main(words: readonly string[]): Promise<number> {
  const program = new Command("turncoat")
    .description("Train model organisms of emergent misalignment and see when they turn.")
    .version(packageVersion())
    .option("--debug", "print the stack of an error")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", "\nExample:\n  $ turncoat demo\n");
  for (const command of [
    demoCommand(),
    trainCommand(),
    evaluateCommand(),
    judgeCommand(),
    importCommand(),
    likelihoodCommand(),
    changeCommand(),
    analyzeCommand(),
    ratesCommand(),
    runsCommand(),
    reportCommand(),
    serveCommand(),
    chatCommand(),
    logitsCommand(),
    organismCommand(),
  ]) {
    program.addCommand(command);
  }
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

process.exitCode = await main(process.argv.slice(2));
