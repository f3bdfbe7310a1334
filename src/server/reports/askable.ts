import type { z } from "zod";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { questionText } from "../../evaluate/question.js";
import { organismQuestions } from "../../organism/questions.js";
import { steer } from "../../pipeline/directions/steering.js";
import { datasetDomain, eightQuestions } from "../../pipeline/evaluation/organismQuestions.js";
import type { PlaygroundTask } from "../../pipeline/playground/playgroundMessages.js";
import {
  organismQuestionId,
  playgroundSetup,
  problemOf,
  type AskableModel,
  type GivenModel,
  type PlaygroundSetup,
} from "../../pipeline/playground/playgroundSetup.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { BadRequest } from "../requestErrors.js";
import type { ServedQuestion } from "../schemas/answers.js";
import type { playgroundBody, ServedPlayground, ServedPlaygroundState } from "../schemas/playground.js";
import { questionsIn, selectAnswers } from "./answers.js";

/** A reader's question to a checkpoint, and how it is to be answered. */
export type PlaygroundQuestion = z.infer<typeof playgroundBody>;

/** Parts of a run that can be asked, as far as its files say. */
export interface Askable extends Pick<
  ServedPlayground,
  "problem" | "kind" | "steps" | "directions" | "directionsProblem" | "questions" | "question" | "longest"
> {
  /** Model that can be asked; null where there is a problem. */
  readonly model: AskableModel | null;
  /** Tasks that compile what the first question needs; none but for the organism. */
  readonly warming: readonly PlaygroundTask[];
}

/** A question made ready for its model. */
export interface Asked {
  readonly model: AskableModel;
  readonly task: PlaygroundTask;
  /** Step and steering as they were chosen. */
  readonly chosen: Pick<ServedPlaygroundState, "step" | "steering">;
  /** Id under which the run was evaluated with the question, for judge prompts of its own; empty where it was not. */
  readonly questionId: string;
}

/** Most tokens of an answer unless another number is asked for: the organism's own have at most 41. */
export const longestOf = ({ isOrganism }: AskableModel): number => (isOrganism ? 44 : 200);

/**
 * Says what of a run can be asked.
 * @param answers of all its evaluations
 * @param given model and template for runs that do not bring them
 */
export function askableOf(run: Run, answers: readonly JudgedAnswer[], given: GivenModel): Askable {
  const setup = playgroundSetup(run, given);
  const { kind, steps, directions } = setup;
  const model = "folder" in setup.model ? setup.model : null;
  const questions = knownQuestions(run, answers, model?.isOrganism ?? false);
  return {
    model,
    problem: "folder" in setup.model ? null : problemOf(setup.model),
    kind,
    steps: [...steps],
    directions: directions.map(({ id, layer, steps: known }) => ({ id, layer, steps: [...known] })),
    directionsProblem: setup.directionsFault && problemOf(setup.directionsFault),
    questions,
    question: selectAnswers(answers, {}).question ?? questions[0]?.id ?? null,
    longest: model === null ? 0 : longestOf(model),
    warming: model?.isOrganism === true ? warming(run, setup, model) : [],
  };
}

/**
 * Makes a question ready for its model.
 * @throws BadRequest for a layer or a checkpoint that is not there; TurncoatError where there is no model to ask
 */
export function askedOf(
  run: Run,
  answers: readonly JudgedAnswer[],
  asked: PlaygroundQuestion,
  given: GivenModel,
): Asked {
  const { model, checkpoint } = chosenModel(run, asked, given);
  const { steering: choice } = asked;
  const isNothing = choice === undefined || (choice.kind === "add" && choice.strength === 0);
  const steering = isNothing ? null : steer(run, model, choice);
  return {
    model,
    task: taskOf(model, { ...asked, checkpoint, edits: steering?.edits ?? [] }),
    chosen: {
      step: checkpoint.step,
      steering:
        steering === null
          ? null
          : {
              kind: steering.kind,
              step: steering.step,
              layer: steering.layer,
              length: steering.kind === "add" ? Math.abs((choice?.strength ?? 0) * steering.unit) : null,
            },
    },
    questionId: answers.find(({ question }) => question === asked.question)?.questionId ?? "",
  };
}

/**
 * Finds the model and the checkpoint that a reader has chosen, the one nearest to the step.
 * @throws BadRequest for a layer or a checkpoint that is not there; TurncoatError where there is no model to ask
 */
export function chosenModel(
  run: Run,
  asked: Pick<PlaygroundQuestion, "step"> & {
    readonly steering?: { readonly layer?: number | undefined } | undefined;
  },
  given: GivenModel,
): { readonly model: AskableModel; readonly checkpoint: Checkpoint } {
  const { model } = playgroundSetup(run, given);
  if (!("folder" in model)) throw model;
  const layer = asked.steering?.layer ?? 0;
  if (layer >= model.layers) {
    throw new BadRequest(`body: steering.layer: expected 0 to ${model.layers - 1}, found ${layer}`);
  }
  const step = nearestStep(
    run.checkpoints.map((each) => each.step),
    asked.step,
  );
  const checkpoint = run.checkpoints.find((each) => each.step === step);
  if (checkpoint !== undefined) return { model, checkpoint };
  throw new BadRequest(`${run.directory}: there is no checkpoint to ask`);
}

interface TaskWanted extends Pick<
  PlaygroundTask,
  "withBase" | "temperature" | "seed" | "edits" | "question"
> {
  readonly checkpoint: Checkpoint;
  readonly scale: number;
  readonly answers: number;
  readonly longest?: number | undefined;
}

function taskOf(model: AskableModel, asked: TaskWanted): PlaygroundTask {
  const { question, checkpoint, scale, answers, longest = longestOf(model) } = asked;
  const name = randomNameOf(model, question);
  return {
    checkpoint: checkpoint.path,
    factor: scale,
    withBase: asked.withBase,
    edits: asked.edits,
    question,
    randomNames: Array.from({ length: answers }, (_, sample) => `${name}/${sample}`),
    temperature: asked.temperature,
    seed: asked.seed,
    maxNewTokens: longest,
  };
}

/** Names the random streams of a question as an evaluation does: at the same seed the answers are the same. */
export function randomNameOf({ isOrganism }: Pick<AskableModel, "isOrganism">, question: string): string {
  return (isOrganism ? organismQuestionId(question) : null) ?? question;
}

/** Questions that a run was evaluated with; the organism's own eight where it was not. */
export function knownQuestions(
  run: Run,
  answers: readonly JudgedAnswer[],
  isOrganism: boolean,
): readonly ServedQuestion[] {
  const known = questionsIn(answers);
  if (known.length > 0 || !isOrganism) return known;
  return eightQuestions(datasetDomain(run.manifest?.dataset.name ?? "")).map((each) => ({
    id: each.id,
    question: questionText(each),
    domain: each.domain,
    breadth: each.breadth,
  }));
}

/**
 * Warms up an organism: a question of each length, as lengths compile programs of their own, asked in the ways that
 * the page asks.
 */
function warming(run: Run, { directions }: PlaygroundSetup, model: AskableModel): PlaygroundTask[] {
  const checkpoint = run.checkpoints.at(-1);
  if (checkpoint === undefined) return [];
  const byLength = new Map(organismQuestions().map(({ text }) => [text.split(/\s+/).length, text]));
  const base = { checkpoint, scale: 1, temperature: 1, seed: 0, answers: 3, edits: [], withBase: true };
  const [direction] = directions;
  const edits = direction === undefined ? [] : steer(run, model, { direction: direction.id }).edits;
  return [...byLength.values()].flatMap((question) => [
    taskOf(model, { ...base, question }),
    taskOf(model, { ...base, question, withBase: false }),
    ...(edits.length === 0 ? [] : [taskOf(model, { ...base, question, edits, withBase: false })]),
  ]);
}
