import { anyOrOneOf } from "../flags/parsers.js";
import { recipes } from "../../train/recipes/recipes.js";
import { Command } from "commander";
import { lazily } from "../flags/lazily.js";

/** `turncoat recipes`: the settings that trainings start from, to read or to save as a file. */
export function recipesCommand(): Command {
  return new Command("recipes")
    .summary("list the recipes of training, or print one")
    .description(
      "Lists the recipes of training, or prints the settings of one. What it prints is a file for train --config.",
    )
    .argument("[name]", "recipe to print", anyOrOneOf(recipes.map((recipe) => recipe.name)))
    .option("--json", "print one JSON object instead of YAML")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat recipes\n  $ turncoat recipes rank1-dynamics > mine.yaml\n" +
        "  $ turncoat train runs/mine --config mine.yaml --model ./Qwen2.5-0.5B-Instruct\n",
    )
    .action(lazily(async () => (await import("../actions/recipes.js")).recipesAction));
}
