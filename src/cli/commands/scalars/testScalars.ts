import { Option, type Command } from "commander";
import { leastLogSignificance } from "../../../analysis/scalars/scalarRows.js";
import { finiteNumber, oneOf, positiveNumber, wholeNumber } from "../../flags/parsers.js";

const units = ["token", "answer"] as const;

/** Adds the options that say how adapter scalars are tested. */
export function withScalarTestOptions(command: Command): Command {
  return command
    .option("--scalars <files...>", "two files of adapter scalars to tell apart, in place of a run")
    .option("--by <unit>", "with --scalars: a row a token, or a row an answer", oneOf(units), "token")
    .option(
      "--split <unit>",
      "with --scalars: hold out tokens, or whole answers (default: as --by)",
      oneOf(units),
    )
    .option("--penalty <norm>", "with --scalars: l1 or l2", oneOf(["l1", "l2"] as const), "l1")
    .option(
      "--c <number>",
      "with --scalars: inverse strength of the penalty (default: 0.01 for tokens, 1 for answers)",
      positiveNumber,
    )
    .option("--repeats <number>", "with --scalars: draws of what is held out", wholeNumber(1), 100)
    .addOption(
      new Option(
        "--significant [ln]",
        `with --scalars: only tokens whose ln(significance) is at least this (${leastLogSignificance} where none is given)`,
      )
        .preset(String(leastLogSignificance))
        .argParser(finiteNumber),
    )
    .option("--html <file>", "with --scalars: HTML file for a plot of the coefficients");
}
