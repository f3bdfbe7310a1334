import type { StudyCost, StudyRunCost } from "../../pipeline/study/studyCost.js";
import type { StudyRunStatus } from "../../pipeline/study/studyStatus.js";
import { bytesText } from "./bytesText.js";
import { timeText } from "./progress.js";
import { textTable } from "./tables/textTable.js";

/** Says what exists of a study: a count, then one row a run. */
export function studyStatusText(runs: readonly StudyRunStatus[]): string {
  const finished = runs.filter(({ training }) => training === "finished").length;
  const rows = runs.map(({ run, training, step, likelihoodSteps, dispositionSteps, answers, ...also }) => [
    run,
    training,
    step === null ? "–" : String(step),
    ...[likelihoodSteps, dispositionSteps].map((steps) => (steps === 0 ? "–" : String(steps))),
    Object.entries(answers)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "–",
    [...also.directions, ...(also.isAnalyzed ? ["analysis"] : [])].join(", ") || "–",
  ]);
  return `${finished} of ${runs.length} runs are trained to their end\n\n${textTable([
    ["run", "training", "last step", "likelihood at", "prompts at", "answers", "also kept"],
    ...rows,
  ])}`;
}

/**
 * Says what is left to do of a study and what that takes.
 * @param trial command that measures a few steps of its first run
 */
export function studyCostText({ runs, unknown, total }: StudyCost, trial: string): string {
  const rows = runs.map(({ run, steps, stepsLeft, rowsPerStep, checkpoints, bytes, ...cost }) => [
    run,
    stepsLeft === steps ? String(steps) : `${stepsLeft} of ${steps}`,
    String(rowsPerStep),
    String(checkpoints + 1),
    bytesText(bytes),
    cost.answersLeft === cost.answers ? String(cost.answers) : `${cost.answersLeft} of ${cost.answers}`,
    stepsLeft === 0 && cost.answersLeft === 0 ? "–" : timeWords(cost.seconds),
  ]);
  const { stepsLeft, answersLeft, seconds, untold } = total;
  if (stepsLeft + answersLeft === 0)
    return ["no step and no answer of these runs is missing", ...unknown].join("\n");
  const about =
    seconds === null
      ? "how long that takes cannot be told"
      : `about ${timeText(seconds)} in one process, without measurements${untold === 0 ? "" : `, and ${untold} runs of which that cannot be told`}`;
  return [
    textTable([
      ["run", "steps left", "rows a step", "checkpoints", "weights", "answers left", "about"],
      ...rows,
    ]),
    "",
    `left: ${stepsLeft} steps, ${answersLeft} answers, ${bytesText(total.bytes)} of weights to keep; ${about}`,
    ...paceLines(runs),
    ...(untold === 0
      ? []
      : [`no kept run says how long the others take; this measures a few steps: ${trial}`]),
    ...unknown,
  ].join("\n");
}

function timeWords(seconds: number | null): string {
  return seconds === null ? "cannot be told" : timeText(seconds);
}

/** Runs from which times are told, each once. */
function paceLines(runs: readonly StudyRunCost[]): string[] {
  const paces = new Map(
    runs.flatMap(({ pace, stepsLeft, answersLeft }) =>
      pace === null || stepsLeft + answersLeft === 0 ? [] : [[pace.run, pace]],
    ),
  );
  return [...paces.values()].map(({ run, secondsPerStep, secondsPerAnswer, threads }) => {
    const answers = Object.entries(secondsPerAnswer).map(
      ([name, each]) => `, ${each.toPrecision(2)} s an answer of ${name}`,
    );
    return `from ${run}: ${secondsPerStep.toPrecision(2)} s a step${answers.join("")} (threads: ${threads})`;
  });
}
