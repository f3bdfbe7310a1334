import type { JudgedAnswer } from "../../runs/evaluations.js";
import { runOf } from "../../runs/openRun.js";
import { evaluateRun, type EvaluationRequest } from "./evaluateRun.js";

/** An evaluation of as many checkpoints as fit into a time. */
export interface TimedEvaluation {
  /** All answers of the evaluation, those that were there before too. */
  readonly answers: readonly JudgedAnswer[];
  /** Steps that were asked, in order. */
  readonly steps: readonly number[];
  /** Steps that were left out, in order; empty where all fitted. */
  readonly leftOut: readonly number[];
  /** Seconds that those left out would take at the speed of those asked. */
  readonly secondsLeftOut: number;
}

/** Most by which the steps asked are multiplied before their speed is measured again. */
const mostGrowth = 4;

/**
 * Evaluates the first and the last checkpoint, measures how long they took, and then as many others, evenly spread, as
 * fit into the time that is left. At least the first and the last are asked, however long they take.
 *
 * @param seconds for all of it; the last part may end a little later
 * @throws TurncoatError as `evaluateRun` does
 */
export async function evaluateWithin(
  seconds: number,
  request: Omit<EvaluationRequest, "isStepWanted">,
): Promise<TimedEvaluation> {
  const steps = runOf(request.run).checkpoints.map(({ step }) => step);
  const started = performance.now();
  const asked = new Set<number>();
  let answers: readonly JudgedAnswer[];
  let perStep: number;
  let count = Math.min(2, steps.length);
  do {
    const before = { steps: asked.size, seconds: (performance.now() - started) / 1000 };
    for (const step of evenlySpread(steps, count, asked)) asked.add(step);
    const wanted = new Set(asked);
    answers = await evaluateRun({ ...request, isStepWanted: (step) => wanted.has(step) });
    const elapsed = (performance.now() - started) / 1000;
    // The last part is the best measure: the first one compiles programs too.
    perStep = (elapsed - before.seconds) / Math.max(1, asked.size - before.steps);
    const fitting = asked.size + Math.floor((seconds - elapsed) / perStep);
    // Steps that were answered before take no time, and would make others look as quick.
    count = Math.min(fitting, mostGrowth * Math.max(1, asked.size));
  } while (request.signal?.aborted !== true && asked.size < steps.length && count > asked.size);
  const leftOut = steps.filter((step) => !asked.has(step));
  return {
    answers,
    steps: steps.filter((step) => asked.has(step)),
    leftOut,
    secondsLeftOut: leftOut.length * perStep,
  };
}

/**
 * Chooses steps to ask beside those asked already, so that all together are spread evenly over the run.
 *
 * @param count of steps asked in the end, those of before counted; all of them where there are fewer
 * @returns steps that were not asked before; the first and the last of the run are among all
 */
export function evenlySpread(
  steps: readonly number[],
  count: number,
  before: ReadonlySet<number> = new Set(),
): number[] {
  const chosen = new Set(before);
  if (count >= steps.length) return steps.filter((step) => !before.has(step));
  const last = steps.length - 1;
  // Each takes the place farthest from all that are chosen, the first of those.
  for (const end of [steps[0], steps[last]]) if (end !== undefined && chosen.size < count) chosen.add(end);
  while (chosen.size < count) {
    const places = steps.flatMap((step, index) => (chosen.has(step) ? [index] : []));
    let widest = { start: 0, gap: 0 };
    for (const [index, place] of places.entries()) {
      const gap = (places[index + 1] ?? place) - place;
      if (gap > widest.gap) widest = { start: place, gap };
    }
    const step = steps[widest.start + Math.floor(widest.gap / 2)];
    if (step === undefined || chosen.has(step)) break;
    chosen.add(step);
  }
  return steps.filter((step) => chosen.has(step) && !before.has(step));
}
