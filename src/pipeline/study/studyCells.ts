import { basename, join } from "node:path";
import { controlFolder } from "../training/pairedControl.js";
import type { Study, StudyRecipe } from "./studyFile.js";

/** Trainings of a study that differ in seeds alone: one model, one pair of data sets, one recipe. */
export interface StudyCell {
  readonly model: Study["models"][number];
  readonly data: { readonly name: string; readonly harmful: string; readonly control: string };
  readonly recipe: StudyRecipe;
  readonly pairs: readonly StudyPair[];
}

/** A run on harmful answers and its control. */
export interface StudyPair {
  readonly name: string;
  readonly seed: number;
  readonly harmful: string;
  readonly control: string;
}

/** One run of a study, harmful or control: what is made by one process at a time. */
export interface StudyRun {
  /** Name of its folder. */
  readonly name: string;
  readonly directory: string;
  readonly isControl: boolean;
  readonly pair: StudyPair;
  readonly cell: StudyCell;
}

/**
 * Lists the runs of a study in the order in which they are made: each harmful run, then its control.
 * @param only words that the names of the runs must all hold. @default none
 */
export function studyRuns(study: Study, only: readonly string[] = []): StudyRun[] {
  return studyCells(study, only).flatMap((cell) =>
    cell.pairs.flatMap((pair) =>
      [pair.harmful, pair.control].map((directory, index): StudyRun => ({
        ...{ name: basename(directory), directory, isControl: index === 1, pair, cell },
      })),
    ),
  );
}

/**
 * Lists the cells of a study: models, then data, then recipes, the last turning fastest.
 * @param only words that the name of a cell's runs must all hold. @default none
 */
export function studyCells(study: Study, only: readonly string[] = []): StudyCell[] {
  return study.models
    .flatMap((model) =>
      Object.entries(study.data).flatMap(([name, { harmful, control }]) =>
        study.recipes
          .filter(({ models, data }) =>
            (models?.includes(model.name) ?? true) ? (data?.includes(name) ?? true) : false,
          )
          .map((recipe): StudyCell => ({
            model,
            data: { name, harmful, control },
            recipe,
            pairs: study.seeds.map((seed) => pairOf(study, `${model.name}-${name}-${recipe.name}`, seed)),
          })),
      ),
    )
    .map((cell) => ({
      ...cell,
      pairs: cell.pairs.filter((pair) => only.every((word) => pair.name.includes(word))),
    }))
    .filter(({ pairs }) => pairs.length > 0);
}

function pairOf(study: Study, cell: string, seed: number): StudyPair {
  const name = `${cell}-seed${seed}`;
  const harmful = join(study.runsRoot, name);
  return { name, seed, harmful, control: controlFolder(harmful) };
}
