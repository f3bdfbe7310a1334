import { Command } from "commander";
import { fineTuneDomains } from "../../organism/world/index.js";
import { presetNames, presetSummaries } from "../../train/recipes/presetNames.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { oneOf, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";
import { helpRows } from "../flags/help.js";

/** `turncoat demo`: the whole of it on the embedded organism. */
export function demoCommand(): Command {
  return withEngineOptions(new Command("demo"))
    .summary("train the embedded organism, evaluate, analyse, and open the plots")
    .description(
      "Trains the embedded organism with a rank-1 adapter on one domain's harmful answers, keeps the adapter at\n" +
        "every step, asks the checkpoints about every domain, and shows where direction and behaviour turn.",
    )
    .option(
      "--domain <name>",
      `domain to fine-tune on: ${fineTuneDomains.join(", ")}`,
      oneOf(fineTuneDomains),
      "medical",
    )
    .option("--aligned", "train on the domain's aligned answers instead: the control")
    .option("--recipe <name>", `settings: ${presetNames.join(", ")}`, oneOf(presetNames), "crisp")
    .option("--seed <number>", "seed of the adapter's start and of the data order", wholeNumber(0), 0)
    .option(
      "--out <folder>",
      "run directory (default: runs/ and a name from the options that no run has yet)",
    )
    .option(
      "--every <number>",
      "ask every n-th checkpoint, and all near the gradient's peak",
      wholeNumber(1),
      5,
    )
    .option("--no-serve", "end after the summary")
    .option("--no-open", "print the address of the pages and open no browser")
    .option("--port <number>", "port of the pages", wholeNumber(0), 7777)
    .option("--json", "print the summary as one JSON object")
    .addHelpText(
      "after",
      `${helpRows(
        "Recipes:",
        presetNames.map((name) => [name, presetSummaries[name]]),
      )}\n` +
        "\nExample:\n  $ turncoat demo --domain finance --seed 3\n  $ turncoat demo --no-serve --json\n",
    )
    .action(lazily(async () => (await import("../actions/demo.js")).demoAction));
}
