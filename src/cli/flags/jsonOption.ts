import { Option } from "commander";

/** Flag of every command that prints results. */
export interface JsonFlag {
  readonly json?: boolean;
}

/** The option that has a command print its results for machines. */
export function jsonOption(description = "print one JSON object"): Option {
  return new Option("--json", description);
}
