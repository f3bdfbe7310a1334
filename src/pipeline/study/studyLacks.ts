import { join } from "node:path";
import { z } from "zod";
import { orNull } from "../../errors.js";
import { readJson } from "../../formats/json.js";
import { forEachLine } from "../../formats/lines.js";
import { statusOf } from "../../runs/isFolder.js";
import { evaluationFiles } from "../../runs/layout.js";
import { readDisposition } from "../results/dispositionResult.js";
import { readLikelihood } from "../results/likelihoodResult.js";
import { hasAnswersForDirections, lackingDirections } from "./studyDirections.js";
import { wantedSteps, type StudySteps } from "./studyFile.js";
import type { StudyPlan } from "./studyPlan.js";

/** What of an evaluation's record says how many answers a step has. */
const askedSchema = z.object({
  questions: z.array(z.unknown()),
  samplesPerQuestion: z.int().positive(),
  scales: z.array(z.number()).optional(),
});

/**
 * Lists what is to follow a run's training and is not there yet, such as "likelihood at 2 of 3 steps" or "answers curve, 120 of
 * 384". A measurement that cannot be read is not there; a direction that the answers of the run do not give is not waited for.
 * Whether the analysis is kept is asked of `isAnalysisKept`.
 *
 * @param run.steps of its checkpoints
 */
export function studyLacks(
  follows: StudyPlan["follows"],
  run: {
    readonly directory: string;
    readonly seed: number;
    readonly isControl: boolean;
    readonly steps: readonly number[];
  },
): string[] {
  const { directory, steps, isControl } = run;
  const last = steps.at(-1) ?? 0;
  const wantedOf = (wanted: StudySteps): readonly number[] => steps.filter(wantedSteps(wanted, last));
  const measured = (
    what: string,
    wanted: StudySteps | null,
    there: () => readonly number[] | undefined,
  ): string[] => {
    if (wanted === null) return [];
    const known = orNull(there) ?? [];
    const all = wantedOf(wanted);
    const missing = all.filter((step) => !known.includes(step)).length;
    if (missing === 0) return [];
    return [missing === all.length ? what : `${what} at ${all.length - missing} of ${all.length} steps`];
  };
  const answers = Object.entries(follows.answers).flatMap(([name, { steps: wanted, seeds }]) =>
    seeds?.includes(run.seed) === false ? [] : lackingAnswers(directory, name, wantedOf(wanted).length),
  );
  return [
    ...measured("likelihood", follows.likelihood, () => {
      const kept = readLikelihood(directory);
      return kept?.pairs?.steps ?? kept?.broad?.steps ?? kept?.narrow?.steps;
    }),
    ...measured("prompts", follows.disposition, () => readDisposition(directory)?.about.steps),
    ...answers,
    ...lackingDirections(directory, isControl ? [] : follows.directions)
      .filter(() => answers.length > 0 || hasAnswersForDirections(directory))
      .map((name) => `direction ${name}`),
  ];
}

function lackingAnswers(directory: string, name: string, steps: number): string[] {
  const { answers, provenance } = evaluationFiles(name);
  if (statusOf(join(directory, answers)) === undefined) return [`answers ${name}`];
  const asked = orNull(() => readJson(join(directory, provenance), askedSchema));
  // Answers of another origin do not say how many they should be.
  if (asked === null) return [];
  const planned = steps * asked.questions.length * asked.samplesPerQuestion * (asked.scales?.length ?? 1);
  let there = 0;
  orNull(() =>
    forEachLine(join(directory, answers), ({ isWhole }) => {
      if (isWhole) there++;
    }),
  );
  return there >= planned ? [] : [`answers ${name}, ${there} of ${planned}`];
}
