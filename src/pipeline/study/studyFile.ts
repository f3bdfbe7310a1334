import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { contrastedTokens } from "../../analysis/directions/direction.js";
import { TurncoatError } from "../../errors.js";
import type { DeepReadonly, JsonValue } from "../../formats/json.js";
import { readYaml } from "../../formats/yaml.js";
import { fewestPerClass } from "../measurement/probeAnswers.js";
import { usualPersonas } from "../measurement/personaDirection.js";
import { recipeNamed } from "../../train/recipes/recipes.js";
import { readSettings, type Settings } from "../../train/recipes/settings.js";

/** Names become parts of folder names. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected letters, digits, dots, dashes and underscores");

/** Steps as a list in which `last` stands for the last one, or every so many of them and the last. */
export const stepsSchema = z.union([
  z.array(z.union([z.int().nonnegative(), z.literal("last")])).min(1),
  z.strictObject({ every: z.int().positive() }),
]);
export type StudySteps = DeepReadonly<z.infer<typeof stepsSchema>>;

/** Names of directions that probing and reading prompts keep. */
const takenNames: readonly string[] = ["mean", "probe", usualPersonas];

const schema = z.strictObject({
  title: z.string().min(1),
  /** Folder of the runs, beside the file. */
  runs: z.string().min(1),
  /** Base models: Hugging Face folders. */
  models: z.record(name, z.strictObject({ folder: z.string(), settings: z.json().optional() })),
  /** Pairs of data sets with the same prompts: files, or names of built-in ones. */
  data: z.record(name, z.strictObject({ harmful: z.string(), control: z.string() })),
  recipes: z.record(
    name,
    z.strictObject({
      recipe: z.string(),
      settings: z.json().optional(),
      /** Models and data that it is for. @default all */
      models: z.array(z.string()).optional(),
      data: z.array(z.string()).optional(),
    }),
  ),
  seeds: z.array(z.int().nonnegative()).min(1),
  /** Judge of all answers: the organism's own, or a probe and the folder of the model that reads for it. */
  judge: z.union([z.literal("exact"), z.strictObject({ probe: z.string(), folder: z.string() })]).optional(),
  likelihood: z
    .strictObject({
      misaligned: z.string(),
      aligned: z.string(),
      breadth: z.enum(["broad", "narrow"]).default("broad"),
      steps: stepsSchema,
    })
    .optional(),
  /** Prompts that are read along the difference of personas, before the model speaks. */
  disposition: z
    .strictObject({
      /** A file, or built-in ones. @default the organism's own for its runs, else those that ship */
      questions: z.string().optional(),
      /** Most questions. @default all */
      limit: z.int().min(2).optional(),
      steps: stepsSchema,
    })
    .optional(),
  answers: z
    .record(
      name,
      z.strictObject({
        /** A file, or one of the organism's sets. */
        questions: z.string(),
        samples: z.int().positive(),
        temperature: z.number().nonnegative(),
        maxNewTokens: z.int().positive(),
        steps: stepsSchema,
        /** Seeds whose runs are asked. @default all */
        seeds: z.array(z.int().nonnegative()).optional(),
      }),
    )
    .default({}),
  /**
   * Directions from aligned to misaligned answers, found in the last checkpoint and kept with each run on harmful answers under
   * these names. A control has too few misaligned ones.
   */
  directions: z
    .record(
      name.refine(
        (each) => !takenNames.includes(each),
        `expected another name than ${takenNames.join(", ")}, which have a meaning already`,
      ),
      z.strictObject({
        /** Misaligned answers, and as many aligned. */
        answersPerClass: z.int().min(fewestPerClass).default(120),
        tokens: z.enum(contrastedTokens).default("response"),
      }),
    )
    .default({}),
  /** True where the numbers of each run's analysis are kept beside it, so that lists and pages have them at once. */
  analysis: z.boolean().default(false),
});

type Written = z.infer<typeof schema>;

/** Recipe of a study, with the settings that the study lays over it. */
export interface StudyRecipe {
  readonly name: string;
  readonly recipe: string;
  readonly settings: Settings;
  readonly models: readonly string[] | null;
  readonly data: readonly string[] | null;
}

/** A study: what is trained on what, and what is measured after each training. */
export interface Study extends Omit<Written, "models" | "recipes"> {
  /** The file that describes it. */
  readonly source: string;
  /** Folder of the runs. */
  readonly runsRoot: string;
  readonly models: readonly {
    readonly name: string;
    readonly folder: string;
    readonly settings: Settings;
  }[];
  readonly recipes: readonly StudyRecipe[];
}

/**
 * Reads a study from a YAML file.
 * @throws TurncoatError naming file and line, or the setting
 */
export function readStudy(path: string): Study {
  const written = readYaml(path, schema);
  const settingsOf = (settings: JsonValue | undefined, place: string): Settings =>
    settings === undefined ? {} : readSettings(settings, `${path}: ${place}`);
  return {
    ...written,
    source: path,
    runsRoot: join(dirname(path), written.runs),
    models: Object.entries(written.models).map(([each, { folder, settings }]) => ({
      name: each,
      folder,
      settings: settingsOf(settings, `models.${each}.settings`),
    })),
    recipes: Object.entries(written.recipes).map(([each, { recipe, settings, models, data }]) => ({
      name: each,
      recipe: recipeNamed(recipe).name,
      settings: settingsOf(settings, `recipes.${each}.settings`),
      models: known(models, Object.keys(written.models), `${path}: recipes.${each}.models`),
      data: known(data, Object.keys(written.data), `${path}: recipes.${each}.data`),
    })),
  };
}

function known(names: string[] | undefined, all: readonly string[], place: string): string[] | null {
  const strange = names?.find((each) => !all.includes(each));
  if (strange === undefined) return names ?? null;
  throw new TurncoatError(`${place}: expected some of ${all.join(", ")}, found ${strange}`);
}

/**
 * Finds a file or folder that a study names: beside the study, or in a folder of files that the user names.
 * @returns the path; the name itself where it is in neither, which may be that of something built in
 */
export function studyPath(study: Study, named: string, files: string | undefined): string {
  const places = [join(dirname(study.source), named), ...(files === undefined ? [] : [join(files, named)])];
  return places.find((place) => existsSync(place)) ?? named;
}

/** The steps of a run that are measured. @param last its last step */
export function wantedSteps(wanted: StudySteps, last: number): (step: number) => boolean {
  if (!isList(wanted)) return (step) => step % wanted.every === 0 || step === last;
  const listed = new Set(wanted.map((step) => (step === "last" ? last : step)));
  return (step) => listed.has(step);
}

function isList(wanted: StudySteps): wanted is Extract<StudySteps, readonly unknown[]> {
  return Array.isArray(wanted);
}
