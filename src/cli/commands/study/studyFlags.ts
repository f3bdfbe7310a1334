import type { Command } from "commander";

/** Adds the study's file, and the flags that choose among its runs. */
export function withStudyOptions(command: Command): Command {
  return command
    .argument("<file>", "study, a YAML file")
    .option("--only <words...>", "runs alone whose names hold all of these words", [])
    .option("--json", "print one JSON object");
}
