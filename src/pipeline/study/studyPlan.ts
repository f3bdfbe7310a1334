import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { readJson, type DeepReadonly } from "../../formats/json.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { writing } from "../../tensor/systemFaults.js";
import { recipeNamed } from "../../train/recipes/recipes.js";
import { layered, type Settings } from "../../train/recipes/settings.js";
import { studyCells, type StudyCell } from "./studyCells.js";
import type { Study } from "./studyFile.js";

/** Hidden folder, inside that of a study's runs, with what belongs to no run: its plan and its faults. */
export const studyFolder = ".study";
/** File of the plan, inside the hidden folder. No run is called so: their names end in a seed. */
export const planFile = `${studyFolder}/plan.json`;

const planSchema = z.object({
  formatVersion: z.literal(1),
  title: z.string(),
  /** Name of the study's file, without its folder. */
  file: z.string(),
  /** What follows each training; `answers` are names of evaluations. */
  follows: z.object({ likelihood: z.boolean(), disposition: z.boolean(), answers: z.array(z.string()) }),
  /** In the order in which they are made. */
  pairs: z.array(
    z.object({
      /** Names in the study's file. */
      model: z.string(),
      data: z.string(),
      recipe: z.string(),
      seed: z.int(),
      /** Peak learning rate; null where no setting says one. */
      peakRate: z.number().nullable(),
      /** Seed of the order of the data; null where it follows the seed. */
      dataSeed: z.number().nullable(),
      /** Folders of the run on harmful answers and of its control, inside that of the study's runs. */
      harmful: z.string(),
      control: z.string(),
    }),
  ),
});

/** What a study consists of, for readers that have its runs and not its file. */
export type StudyPlan = DeepReadonly<z.infer<typeof planSchema>>;

/** Lists what a study consists of, done or not. */
export function studyPlan(study: Study): StudyPlan {
  const { title, source, likelihood, disposition, answers } = study;
  return {
    formatVersion: 1,
    title,
    file: basename(source),
    follows: {
      likelihood: likelihood !== undefined,
      disposition: disposition !== undefined,
      answers: Object.keys(answers),
    },
    pairs: studyCells(study).flatMap((cell) => {
      const { schedule, dataSeed } = cellSettings(study, cell);
      return cell.pairs.map(({ seed, harmful, control }) => ({
        model: cell.model.name,
        data: cell.data.name,
        recipe: cell.recipe.name,
        seed,
        peakRate: schedule?.peak ?? null,
        dataSeed: dataSeed ?? null,
        harmful: basename(harmful),
        control: basename(control),
      }));
    }),
  };
}

/** The settings of a cell's trainings: the recipe's, over them the model's, over these those of the study's recipe. */
export function cellSettings(
  { source }: Study,
  { model, recipe }: Pick<StudyCell, "model" | "recipe">,
): Settings {
  return layered([
    { source: `recipe ${recipe.recipe}`, settings: recipeNamed(recipe.recipe).settings },
    { source: `${source}: models.${model.name}`, settings: model.settings },
    { source: `${source}: recipes.${recipe.name}`, settings: recipe.settings },
  ]);
}

/** Writes the plan of a study beside its runs, in place of the one before. */
export function writeStudyPlan(study: Study): void {
  makeStudyFolder(study.runsRoot);
  writeFileWhole(join(study.runsRoot, planFile), `${JSON.stringify(studyPlan(study), null, 2)}\n`);
}

/**
 * Reads the plan of the study whose runs lie in a folder; null where there is none.
 * @throws TurncoatError naming file and field of what is malformed
 */
export function readStudyPlan(runsRoot: string): StudyPlan | null {
  const path = join(runsRoot, planFile);
  return existsSync(path) ? readJson(path, planSchema) : null;
}

/** Makes the hidden folder of a study. */
export function makeStudyFolder(runsRoot: string): string {
  const folder = join(runsRoot, studyFolder);
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  return folder;
}
