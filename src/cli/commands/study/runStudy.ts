import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { withStudyOptions } from "./studyFlags.js";
import { lazily } from "../../flags/lazily.js";
import { wholeNumber } from "../../flags/parsers.js";

/** `turncoat study run`: does what is missing of a study. */
export function runStudyCommand(): Command {
  return withEngineOptions(withStudyOptions(new Command("run")))
    .description(
      "Does what is missing of a study: each run and each control is trained, then measured, then asked. What is\n" +
        "finished is never done again, and after an interruption the same command goes on.",
    )
    .option("--files <folder>", "folder of models, questions and probes that are not beside the study")
    .option("--dry-run", "list the runs, what exists of each and what the rest takes, and do nothing")
    .option(
      "--workers <number>",
      "runs at once, each in a process of its own (default: one for each core, as far as the memory goes)",
      wholeNumber(1),
    )
    .option("--redis <url>", "hand the runs out to `turncoat worker` by a queue on Redis")
    .option("--slurm", "hand the runs out to SLURM, as an array of jobs")
    .option("--print", "with --slurm: print the job's script and submit nothing")
    .option("--no-wait", "with --slurm: submit, and do not wait for the jobs")
    .option("--sbatch <options...>", "with --slurm: options for sbatch, such as --sbatch=--partition=gpu")
    .option("--upload <command>", "shell command that takes each finished run, $TURNCOAT_RUN, elsewhere")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat study run configs/real.yaml --dry-run\n" +
        "  $ turncoat study run configs/real.yaml --files models --only smollm2 medical\n" +
        "  $ turncoat study run configs/real.yaml --redis redis://localhost:6379\n" +
        "  $ turncoat study run configs/real.yaml --slurm --print --sbatch=--time=2:00:00\n",
    )
    .action(lazily(async () => (await import("../../actions/study/runStudy.js")).runStudyAction));
}
