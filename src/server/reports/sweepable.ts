import type { z } from "zod";
import { steer } from "../../pipeline/directions/steering.js";
import {
  organismQuestionId,
  type AskableModel,
  type GivenModel,
} from "../../pipeline/playground/playgroundSetup.js";
import {
  factorPoints,
  sweepDraws,
  sweepPoints,
  sweepQuestions,
  sweepSamples,
  type SweepPlan,
} from "../../pipeline/playground/sweepPlan.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { BadRequest } from "../requestErrors.js";
import type { ServedSweepPlan, sweepBody } from "../schemas/playgroundSweep.js";
import { chosenModel, longestOf, knownQuestions, randomNameOf } from "./askable.js";

/** A reader's sweep, validated. */
export type SweepAsked = z.infer<typeof sweepBody>;

/** A sweep made ready for its model. */
export interface Sweepable {
  readonly model: AskableModel;
  readonly plan: SweepPlan;
  readonly planned: ServedSweepPlan;
}

/**
 * Makes a sweep ready for its model.
 *
 * @param answers of all evaluations of the run, whose questions are asked
 * @param isExact true where only the organism's own questions can be judged
 * @throws BadRequest for what cannot be swept; TurncoatError where there is no model to ask, or no such direction
 */
export function sweepableOf(
  run: Run,
  answers: readonly JudgedAnswer[],
  {
    asked,
    given,
    isExact,
  }: { readonly asked: SweepAsked; readonly given: GivenModel; readonly isExact: boolean },
): Sweepable {
  const { model, checkpoint } = chosenModel(run, asked, given);
  if (isExact && !model.isOrganism) throw new BadRequest("nobody judges this model's answers");
  const known = knownQuestions(run, answers, model.isOrganism);
  const questions = sweepQuestions(
    known.filter(({ question }) => !isExact || organismQuestionId(question) !== null),
  ).map(({ id, question, domain, breadth }) => ({
    ...{ id, text: question, domain, breadth },
    randomName: randomNameOf(model, question),
  }));
  if (questions.length === 0) {
    throw new BadRequest(`${run.directory}: expected questions that can be judged, found none`, {
      hint: "A sweep asks the questions of the run's evaluations: evaluate it first.",
    });
  }
  const { points, ...where } = pointsOf(run, model, checkpoint, asked);
  const samples = sweepSamples(asked.answers, questions.length);
  const { temperature, seed, longest = longestOf(model) } = asked;
  return {
    model,
    plan: {
      step: checkpoint.step,
      points,
      questions,
      samples,
      sampling: { temperature, seed, maxNewTokens: longest },
    },
    planned: {
      step: checkpoint.step,
      points: points.length,
      questions: questions.length,
      answers: samples * questions.length,
      ...where,
    },
  };
}

/** Plans the points of a sweep, and says where along which they lie. */
function pointsOf(
  run: Run,
  model: AskableModel,
  checkpoint: Checkpoint,
  { steering: choice, strengths: wanted, scale, seed }: SweepAsked,
): Pick<SweepPlan, "points"> & Pick<ServedSweepPlan, "directions" | "length" | "layer"> {
  const all = [...new Set(wanted)];
  if (choice === undefined) {
    const factors = all.filter((factor) => factor !== 1);
    if (factors.length === 0) throw new BadRequest("body: strengths: expected a factor that is not 1");
    return { points: factorPoints(checkpoint, factors), directions: 0, length: null, layer: null };
  }
  const steering = steer(run, model, choice);
  const strengths = all.filter((strength) => strength !== 0);
  if (strengths.length === 0) throw new BadRequest("body: strengths: expected one that is not 0");
  const { kind, unit, layer } = steering;
  return {
    points: sweepPoints({ checkpoint, scale }, steering, { strengths, seed }),
    ...{ directions: sweepDraws, length: kind === "add" ? unit : null, layer },
  };
}
