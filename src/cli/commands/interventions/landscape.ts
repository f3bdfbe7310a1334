import { Command, InvalidArgumentError, Option } from "commander";
import {
  landscapeNorms,
  usualEpsilons,
  usualMultiples,
} from "../../../analysis/landscape/landscapeSettings.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { lazily } from "../../flags/lazily.js";
import { numberBetween, oneOf, wholeNumber, wholeNumbers } from "../../flags/parsers.js";

/** `turncoat landscape`: how far a solution gets at a norm, and how much of it noise on its parameters leaves. */
export function landscapeCommand(): Command {
  return withEngineOptions(new Command("landscape"))
    .summary("efficiency and stability of a solution, beside those of other runs of the same base")
    .description(
      "Measures the loss on conversations that a run was trained on, with its adapter rescaled and with noise on its\n" +
        "parameters. Efficiency: what a solution takes off the loss of the base at a norm. Stability: how much of that is lost\n" +
        "when x, the parameters A and B or a vector, become √(1 − ε²)·x + ε·y, y at a right angle to x and as long. Runs to\n" +
        "compare are brought to the norm of the shortest. With --steps both are curves along training, which the page of the\n" +
        "first run draws. Each run keeps its losses: after an interruption the same command continues.",
    )
    .argument("<run>", "run directory, with adapters")
    .option("--with <runs...>", "other runs of the same base, each held against it", [])
    .option("--step <number>", "step of every run (default: the last of each)", wholeNumber(1))
    .addOption(
      new Option("--steps <list>", "measure at each of these steps of every run, such as 20,60,150")
        .argParser(wholeNumbers)
        .conflicts("step"),
    )
    .option(
      "--data <file>",
      "conversations for all runs, a file or a built-in data set (default: each run's own training data)",
    )
    .option("--samples <number>", "conversations", wholeNumber(2), 100)
    .option("--seed <number>", "seed of the conversations and of the noise", wholeNumber(0), 0)
    .option(
      "--norm <which>",
      "norm that is held equal: update, ‖ΔW‖ over all modules, or parameters, that of A and B",
      oneOf(landscapeNorms),
      "update",
    )
    .option("--multiples <list>", "multiples of the norm", multiplesOf, usualMultiples)
    .option("--epsilons <list>", "sizes of the noise from above 0 to 1", epsilonsOf, usualEpsilons)
    .option(
      "--noise-seeds <number>",
      "draws of the noise at each size; 0 leaves stability out",
      noiseSeedsOf,
      10,
    )
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--html <file>", "write figures and sentences as one HTML file that opens offline")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat landscape runs/demo\n" +
        "  $ turncoat landscape runs/general --with runs/narrow --data bad-medical --html landscape.html\n" +
        "  $ turncoat landscape runs/general --with runs/narrow --steps 20,60,150 --noise-seeds 5\n" +
        "  $ turncoat landscape runs/mine --samples 12 --multiples 0.5,1,1.5 --epsilons 0.1,0.5,1 --noise-seeds 5\n",
    )
    .action(lazily(async () => (await import("../../actions/interventions/landscape.js")).landscapeAction));
}

/** Parses numbers separated by commas, each once, in order. */
function listOf(text: string, parse: (part: string) => number): number[] {
  return [...new Set(text.split(",").map(parse))].toSorted((one, other) => one - other);
}

function multiplesOf(text: string): number[] {
  const multiples = listOf(text, numberBetween(0, 100));
  if (multiples.some((multiple) => multiple > 0 && multiple <= 1)) return multiples;
  throw new InvalidArgumentError(
    "expected one above 0 and up to 1 at least, over which efficiency is averaged.",
  );
}

function epsilonsOf(text: string): number[] {
  const epsilons = listOf(text, numberBetween(0, 1));
  if (epsilons[0] !== 0) return epsilons;
  throw new InvalidArgumentError("expected sizes above 0: at 0 there is no noise.");
}

function noiseSeedsOf(text: string): number {
  const seeds = wholeNumber(0)(text);
  if (seeds !== 1) return seeds;
  throw new InvalidArgumentError("expected 0, or at least 2: one draw has no interval.");
}
