import { Command } from "commander";
import { inspectCommand } from "./inspect.js";
import { mixCommand } from "./mix.js";

/** `turncoat data`: what is in data sets, and how new ones are made of them. */
export function dataCommand(): Command {
  return new Command("data")
    .summary("look into data sets, and mix them")
    .description("Looks into data sets of conversations, and mixes them.")
    .addCommand(inspectCommand())
    .addCommand(mixCommand());
}
