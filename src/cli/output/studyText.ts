import type { StudyRunStatus } from "../../pipeline/study/studyStatus.js";
import { textTable } from "./tables/textTable.js";

/** Says what exists of a study: a count, then one row a run. */
export function studyStatusText(runs: readonly StudyRunStatus[]): string {
  const finished = runs.filter(({ training }) => training === "finished").length;
  const rows = runs.map(({ run, training, step, likelihoodSteps, dispositionSteps, answers }) => [
    run,
    training,
    step === null ? "–" : String(step),
    ...[likelihoodSteps, dispositionSteps].map((steps) => (steps === 0 ? "–" : String(steps))),
    Object.entries(answers)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "–",
  ]);
  return `${finished} of ${runs.length} runs are trained to their end\n\n${textTable([
    ["run", "training", "last step", "likelihood at", "prompts at", "answers"],
    ...rows,
  ])}`;
}
