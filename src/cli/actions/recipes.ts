import { stringify } from "yaml";
import { plainSettings } from "../../train/recipes/settings.js";
import { recipeNamed, recipes } from "../../train/recipes/recipes.js";
import { print } from "../output/terminal.js";
import { commandLine } from "../../hints.js";

/** Runs `turncoat recipes`. */
export function recipesAction(name: string | undefined, flags: { readonly json?: boolean }): void {
  const isJson = flags.json === true;
  if (name === undefined) {
    const width = Math.max(...recipes.map((recipe) => recipe.name.length));
    const rows = recipes.map((recipe) => `${recipe.name.padEnd(width)}  ${recipe.summary}`);
    print(isJson ? JSON.stringify(recipes) : `${rows.join("\n")}\nnext: ${commandLine("recipes", "<name>")}`);
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
}
