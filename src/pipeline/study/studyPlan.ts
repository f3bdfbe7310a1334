import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { withHint } from "../../errors.js";
import { readJson, type DeepReadonly } from "../../formats/json.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { writing } from "../../tensor/systemFaults.js";
import { recipeNamed } from "../../train/recipes/recipes.js";
import { layered, type Settings } from "../../train/recipes/settings.js";
import { studyCells, type StudyCell } from "./studyCells.js";
import { stepsSchema, type Study } from "./studyFile.js";

/** Hidden folder, inside that of a study's runs, with what belongs to no run: its plan and its faults. */
export const studyFolder = ".study";
/** File of the plan, inside the hidden folder. No run is called so: their names end in a seed. */
export const planFile = `${studyFolder}/plan.json`;

/** Name of a run's folder: no path, so that a plan leads nowhere else than beside itself. */
const folderName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected the name of a folder beside the plan's, not a path");

/** Most pairs of a plan. */
const mostPairs = 5000;

const planSchema = z.object({
  formatVersion: z.literal(2),
  title: z.string(),
  /** Name of the study's file, without its folder. */
  file: z.string(),
  /** What follows each training, with the steps of it; `answers` by name of the evaluation. */
  follows: z.object({
    likelihood: stepsSchema.nullable(),
    disposition: stepsSchema.nullable(),
    answers: z.record(
      z.string(),
      z.object({
        steps: stepsSchema,
        /** Seeds whose runs are asked; null where all are. */
        seeds: z.array(z.int()).nullable(),
      }),
    ),
    /** Names of the directions that runs on harmful answers keep. */
    directions: z.array(z.string()),
    /** Whether the numbers of the analysis are kept beside the run. */
    analysis: z.boolean(),
  }),
  /** In the order in which they are made. */
  pairs: z
    .array(
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
        /** Key of all other settings: the same in pairs that differ in the rate, the order and the seed alone. */
        otherwise: z.string(),
        /** Folders of the run on harmful answers and of its control, inside that of the study's runs. */
        harmful: folderName,
        control: folderName,
      }),
    )
    .max(mostPairs),
});

/** What a study consists of, for readers that have its runs and not its file. */
export type StudyPlan = DeepReadonly<z.infer<typeof planSchema>>;

/** Lists what a study consists of, done or not. */
export function studyPlan(study: Study): StudyPlan {
  const { title, source, likelihood, disposition, answers, directions, analysis } = study;
  return {
    formatVersion: 2,
    title,
    file: basename(source),
    follows: {
      likelihood: likelihood?.steps ?? null,
      disposition: disposition?.steps ?? null,
      answers: Object.fromEntries(
        Object.entries(answers).map(([name, { steps, seeds }]) => [name, { steps, seeds: seeds ?? null }]),
      ),
      directions: Object.keys(directions),
      analysis,
    },
    pairs: studyCells(study).flatMap((cell) => {
      const settings = cellSettings(study, cell);
      const { schedule, dataSeed } = settings;
      const otherwise = otherwiseOf(settings);
      return cell.pairs.map(({ seed, harmful, control }) => ({
        model: cell.model.name,
        data: cell.data.name,
        recipe: cell.recipe.name,
        seed,
        peakRate: schedule?.peak ?? null,
        dataSeed: dataSeed ?? null,
        otherwise,
        harmful: basename(harmful),
        control: basename(control),
      }));
    }),
  };
}

/** Key of settings without the peak learning rate and the order of the data. */
function otherwiseOf(settings: Settings): string {
  const { schedule } = settings;
  const others = { ...settings, dataSeed: undefined, schedule: { ...schedule, peak: undefined } };
  const entries = Object.entries(others).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 12);
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
  if (!existsSync(path)) return null;
  return withHint("The command turncoat study run writes it anew.", () => readJson(path, planSchema));
}

/** Makes the hidden folder of a study. */
export function makeStudyFolder(runsRoot: string): string {
  const folder = join(runsRoot, studyFolder);
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  return folder;
}
