import { Command } from "commander";
import { lazily } from "../../flags/lazily.js";
import { positiveNumber, wholeNumber } from "../../flags/parsers.js";

/** `turncoat worker`: makes runs of studies that a queue on Redis hands out. */
export function workerCommand(): Command {
  return new Command("worker")
    .summary("make runs of studies that a queue on Redis hands out")
    .description(
      "Takes runs of studies from a queue on Redis and makes them, until it is told to end. It has to see the same files\n" +
        "as `turncoat study run --redis`. On Ctrl-C or SIGTERM a training stops at a checkpoint, and its task goes back.",
    )
    .requiredOption("--redis <url>", "address of Redis, such as redis://localhost:6379")
    .option(
      "--files <folder>",
      "folder of models, questions and probes here, where the study's machine has another",
    )
    .option("--name <name>", "name of the worker in faults (default: host and process)")
    .option("--workers <number>", "runs at once, each in a process of its own", wholeNumber(1), 1)
    .option(
      "--threads <number>",
      "threads inside one operation (default: cores / runs at once)",
      wholeNumber(1),
    )
    .option(
      "--lock <seconds>",
      "time without a sign of life after which another worker takes a task over (default: 30)",
      positiveNumber,
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat worker --redis redis://localhost:6379\n" +
        "  $ turncoat worker --redis redis://queue:6379 --workers 4 --files /data/models\n",
    )
    .action(lazily(async () => (await import("../../actions/study/worker.js")).workerAction));
}
