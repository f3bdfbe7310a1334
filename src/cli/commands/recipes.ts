import { Command } from "commander";
import { stringify } from "yaml";
import { plainSettings } from "../../train/recipes/settings.js";
import { recipeNamed, recipes } from "../../train/recipes/recipes.js";
import { print } from "../output/terminal.js";

/** `turncoat recipes`: the settings that trainings start from, to read or to save as a file. */
export function recipesCommand(): Command {
  return new Command("recipes")
    .summary("list the recipes of training, or print one")
    .description(
      "Lists the recipes of training, or prints the settings of one. What it prints is a file for train --config.",
    )
    .argument("[name]", "recipe to print")
    .option("--json", "print one JSON object instead of YAML")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat recipes\n  $ turncoat recipes rank1-dynamics > mine.yaml\n" +
        "  $ turncoat train runs/mine --config mine.yaml --model ./Qwen2.5-0.5B-Instruct\n",
    )
    .action((name: string | undefined, flags: { readonly json?: boolean }) => {
      const isJson = flags.json === true;
      if (name === undefined) {
        const width = Math.max(...recipes.map((recipe) => recipe.name.length));
        const rows = recipes.map((recipe) => `${recipe.name.padEnd(width)}  ${recipe.summary}`);
        print(isJson ? JSON.stringify(recipes) : `${rows.join("\n")}\nnext: turncoat recipes NAME`);
        return;
      }
      const recipe = recipeNamed(name);
      const settings = plainSettings(recipe.settings);
      if (isJson) {
        print(JSON.stringify(settings));
        return;
      }
      const about = [recipe.summary, recipe.source, ...recipe.notes].map((line) => `# ${line}`);
      print(`${about.join("\n")}\n${stringify(settings).trimEnd()}`);
    });
}
