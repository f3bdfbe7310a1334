import { TurncoatError } from "../../errors.js";
import { convergentDirectionRecipes } from "./convergentDirections.js";
import { modelOrganismRecipes } from "./modelOrganisms.js";
import { narrowMisalignmentRecipes } from "./narrowMisalignment.js";
import { organismRecipes } from "./organism.js";
import type { Recipe } from "./recipe.js";
import { commandLine, didYouMean } from "../../hints.js";

/** All recipes: those of the embedded organism, then those of the papers. */
export const recipes: readonly Recipe[] = [
  ...organismRecipes,
  ...modelOrganismRecipes,
  ...convergentDirectionRecipes,
  ...narrowMisalignmentRecipes,
];

/**
 * Finds a recipe by its name.
 * @throws TurncoatError naming those that there are
 */
export function recipeNamed(name: string): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  const names = recipes.map((recipe) => recipe.name);
  throw new TurncoatError(`recipe ${JSON.stringify(name)}: expected one of ${names.join(", ")}`, {
    hint: didYouMean(name, names) ?? `${commandLine("recipes")} says what each trains.`,
  });
}
