import { Command } from "commander";
import { generateCommand } from "./generate.js";
import { inspectCommand } from "./inspect.js";
import { mixCommand } from "./mix.js";

/** `turncoat data`: what is in data sets, and how new ones are made of them. */
export function dataCommand(): Command {
  return new Command("data")
    .summary("look into data sets, mix them, and have new ones written")
    .description("Looks into data sets of conversations, mixes them, and has new ones written.")
    .addCommand(inspectCommand())
    .addCommand(mixCommand())
    .addCommand(generateCommand());
}
