import { meanOfQuestions, type MeanEstimate } from "../../analysis/behavior/meanOfQuestions.js";
import {
  areComparable,
  chanceWidth,
  type DispositionReading,
} from "../../analysis/directions/disposition.js";
import type { Model } from "../../model/model.js";
import { openRun } from "../../runs/openRun.js";
import { isOrganismBase } from "../catalog/baseModelOf.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { keepDirections } from "../directions/keepDirections.js";
import { storedDirections } from "../directions/runDirections.js";
import { measureDisposition } from "../measurement/measureDisposition.js";
import { promptQuestions } from "../measurement/promptQuestions.js";
import { usualPersonas } from "../measurement/personaDirection.js";
import { usualPersonasOf } from "../measurement/usualPersonas.js";
import { readableDisposition } from "../results/dispositionResult.js";
import { wantedSteps, type Study } from "./studyFile.js";

/** How a run's prompts move along the difference of personas, before the model speaks. */
export interface DispositionResult {
  readonly layer: number;
  /** Mean over prompts at the first and last step, as shares of the way from the aligned to the misaligned persona. */
  readonly first: number;
  readonly last: number;
  readonly change: MeanEstimate;
  /** What 95 % of directions drawn by chance stay below, of the kind that reaches further. */
  readonly chance: number;
}

/** Reads the prompts of a run that are not read yet; runs of one model share their personas. */
export async function readPrompts(
  directory: string,
  model: Model,
  wanted: NonNullable<Study["disposition"]>,
  context: {
    readonly personas: Map<string, DirectionSet>;
    readonly source: string | undefined;
    readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const run = openRun(directory);
  const isOrganism = isOrganismBase(run, model.folder);
  const questions = promptQuestions(run, isOrganism, { source: context.source, limit: wanted.limit });
  const isStepWanted = wantedSteps(wanted.steps, run.checkpoints.at(-1)?.step ?? 0);
  const before = readableDisposition(directory)?.about;
  const isRead =
    before?.questions.map(({ id }) => id).join("\n") === questions.map(({ id }) => id).join("\n") &&
    run.checkpoints.every(({ step }) => !isStepWanted(step) || before.steps.includes(step));
  if (isRead) return;
  const shared = context.personas.get(model.folder);
  const isFound = storedDirections(directory).some(({ id }) => id === usualPersonas);
  if (shared !== undefined && !isFound) keepDirections(directory, shared.layers, { isReplacing: false });
  const personas = await usualPersonasOf(run, model, isOrganism, context.onProgress);
  context.personas.set(model.folder, personas);
  await measureDisposition({
    ...{ run, model, questions, isStepWanted, onProgress: context.onProgress },
    directions: [personas],
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
}

/** Says how far a run's prompts moved from its first to its last read step; null where they were not read. */
export function dispositionResult(reading: DispositionReading | null): DispositionResult | null {
  const changes = reading && changesOf(reading);
  const [first, last] = [reading?.values[0], reading?.values.at(-1)];
  const chance = reading?.chance.at(-1);
  if (reading === null || changes === null || first === undefined || last === undefined) return null;
  const mean = (values: readonly number[]): number => meanOfQuestions(values, { resamples: 0 }).value;
  return {
    layer: reading.layer,
    first: mean(first),
    last: mean(last),
    change: meanOfQuestions(changes),
    chance: chance === undefined ? NaN : chanceWidth(chance),
  };
}

/** How far the prompts of one run moved, less those of another; null where they were not read alike. */
export function dispositionDifference(
  own: DispositionReading | null,
  other: DispositionReading | null,
): MeanEstimate | null {
  if (own === null || other === null || !areComparable(own, other)) return null;
  if (own.steps.at(-1) !== other.steps.at(-1)) return null;
  const [changes, others] = [changesOf(own), changesOf(other)];
  return meanOfQuestions(changes.map((change, index) => change - (others[index] ?? NaN)));
}

function changesOf({ values }: DispositionReading): number[] {
  return (values.at(-1) ?? []).map((value, index) => value - (values[0]?.[index] ?? NaN));
}
