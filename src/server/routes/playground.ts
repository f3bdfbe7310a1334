import { defaultThresholds } from "../../analysis/behavior/rates.js";
import { datasetDomain, eightQuestions } from "../../pipeline/evaluation/organismQuestions.js";
import { questionText } from "../../evaluate/question.js";
import { PlaygroundHost } from "../../pipeline/playground/playgroundHost.js";
import type { PlaygroundJudge } from "../../pipeline/playground/playgroundJudge.js";
import type { PlaygroundTask } from "../../pipeline/playground/playgroundMessages.js";
import {
  exactScores,
  organismQuestionId,
  playgroundSetup,
  problemOf,
  type AskableModel,
  type GivenModel,
  type PlaygroundSetup,
} from "../../pipeline/playground/playgroundSetup.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { steer } from "../../pipeline/directions/steering.js";
import { organismQuestions } from "../../organism/questions.js";
import type { RunSources } from "../../runs/runCatalog.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { selectAnswers } from "../reports/answers.js";
import type { RunStore } from "../reports/runStore.js";
import type { ServedQuestion } from "../schemas/answers.js";
import { runParams, type ServedError } from "../schemas/common.js";
import {
  playgroundBody,
  playgroundEvents,
  playgroundSchema,
  type ServedPlayground,
  type ServedPlaygroundScores,
} from "../schemas/playground.js";
import { BadRequest } from "../requestErrors.js";
import { eventRoute } from "./eventRoute.js";
import { PlaygroundScores } from "./playgroundScores.js";
import { jsonRoute, type Route } from "./route.js";

/** Most tokens of an answer unless another number is asked for: the organism's own have at most 41. */
const longestOf = ({ isOrganism }: AskableModel): number => (isOrganism ? 44 : 200);

export interface PlaygroundOptions extends Pick<RunSources, "runsRoot">, GivenModel {
  /** Host that opens the models. @default one of its own */
  readonly playground?: PlaygroundHost | undefined;
  /** Judge of every answer. @default the organism's own judge, and nobody for other models */
  readonly judge?: PlaygroundJudge | undefined;
}

/** Routes to the playground: asking a run's checkpoints, steered or not. */
export function playgroundRoutes(
  store: RunStore,
  {
    baseModel,
    chatTemplate,
    runsRoot,
    playground: host = new PlaygroundHost({ runsRoot }),
    judge,
  }: PlaygroundOptions = {},
): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/playground",
      summary: "What of a run can be asked; opens the embedded organism where it is its base",
      params: runParams,
      response: playgroundSchema,
      answer: ({ params }) => {
        const run = openRun(store.directoryOf(params.id));
        const setup = playgroundSetup(run, { baseModel, chatTemplate });
        const { model, kind, steps, directions } = setup;
        const isThere = "folder" in model;
        const { questions, question } = questionsOf(store, params.id, run, isThere && model.isOrganism);
        if (isThere && model.isOrganism) host.warm(model, warming(run, setup, model));
        return {
          model: isThere ? { name: model.name, layers: model.layers, isOrganism: model.isOrganism } : null,
          problem: isThere ? null : problemOf(model),
          judge: servedJudge(judge, isThere && model.isOrganism),
          kind,
          steps,
          directions,
          questions,
          question,
          longest: isThere ? longestOf(model) : 0,
          thresholds: defaultThresholds,
        };
      },
    }),
    eventRoute({
      method: "post",
      path: "/runs/:id/playground",
      summary: "Answers of a checkpoint and of the base to one question, as they come",
      params: runParams,
      body: playgroundBody,
      events: playgroundEvents,
      stream: async ({ params, body, send, signal }) => {
        const run = openRun(store.directoryOf(params.id));
        const model = modelOf(playgroundSetup(run, { baseModel, chatTemplate }));
        const step = nearestStep(
          run.checkpoints.map((each) => each.step),
          body.step,
        );
        const { steering: choice } = body;
        const layer = choice?.layer ?? 0;
        if (layer >= model.layers) {
          throw new BadRequest(`body: steering.layer: expected 0 to ${model.layers - 1}, found ${layer}`);
        }
        const isNothing = choice === undefined || (choice.kind === "add" && choice.strength === 0);
        const steering = isNothing ? null : steer(run, model, choice);
        const said = {
          step,
          steering:
            steering === null
              ? null
              : {
                  kind: steering.kind,
                  step: steering.step,
                  layer: steering.layer,
                  length: steering.kind === "add" ? Math.abs((choice?.strength ?? 0) * steering.unit) : null,
                },
        };
        const task = taskOf(run, model, { ...body, step, edits: steering?.edits ?? [] });
        // What arrives from the thread is passed on in its order, at the pace of the reader.
        let sent = Promise.resolve();
        const later = (next: () => Promise<void>): void => {
          sent = sent.then(next);
          sent.catch(() => undefined);
        };
        const asked = { id: questionIdOf(store, params.id, body.question), text: body.question };
        const listener = {
          onScores: (said: ServedPlaygroundScores) => later(() => send("scores", said)),
          onFailure: (error: ServedError) => later(() => send("unjudged", error)),
        };
        const scores =
          judge === undefined ? null : new PlaygroundScores(judge.scorer(asked, signal), listener, signal);
        const milliseconds = await host.ask(
          model,
          task,
          {
            onWaiting: ({ ahead, isOpen }) =>
              later(() =>
                send("state", {
                  state: ahead > 0 ? "waiting" : isOpen ? "answering" : "opening",
                  ahead,
                  ...said,
                }),
              ),
            onParts: (parts) => later(() => send("parts", { parts })),
            onAnswers: (answers) =>
              later(async () => {
                for (const answer of answers) {
                  const { aligned, coherent } =
                    scores === null && model.isOrganism
                      ? await exactScores(body.question, answer.text)
                      : { aligned: null, coherent: null };
                  await send("answer", { ...answer, aligned, coherent, isBeingJudged: scores !== null });
                  scores?.add(answer);
                }
              }),
          },
          signal,
        );
        later(() => send("done", { milliseconds }));
        await sent;
        await scores?.finish();
        await sent;
      },
    }),
  ];
}

function servedJudge(judge: PlaygroundJudge | undefined, isOrganism: boolean): ServedPlayground["judge"] {
  if (judge !== undefined) return { kind: "model", name: judge.name };
  return isOrganism ? { kind: "exact", name: "exact judge" } : null;
}

/** Id under which the run was evaluated with a question, for judge prompts of its own; empty where it was not. */
function questionIdOf(store: RunStore, run: string, text: string): string {
  return store.allAnswersOf(run).find(({ question }) => question === text)?.questionId ?? "";
}

/** @throws TurncoatError where there is no model to ask */
function modelOf({ model }: PlaygroundSetup): AskableModel {
  if ("folder" in model) return model;
  throw model;
}

interface Asked extends Pick<PlaygroundTask, "withBase" | "temperature" | "seed" | "edits" | "question"> {
  readonly step: number;
  readonly scale: number;
  readonly answers: number;
  readonly longest?: number | undefined;
}

function taskOf(run: Run, model: AskableModel, asked: Asked): PlaygroundTask {
  const { question, step, scale, answers, longest = longestOf(model) } = asked;
  const checkpoint = run.checkpoints.find((each) => each.step === step);
  if (checkpoint === undefined) throw new BadRequest(`${run.directory}: there is no checkpoint to ask`);
  // The names that an evaluation gives its draws: at the same seed the answers are the same.
  const name = (model.isOrganism ? organismQuestionId(question) : null) ?? question;
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

/** Questions that a run was evaluated with; the organism's own eight where it was not. */
function questionsOf(
  store: RunStore,
  id: string,
  run: Run,
  isOrganism: boolean,
): { readonly questions: readonly ServedQuestion[]; readonly question: string | null } {
  const { questions, question } = selectAnswers(store.allAnswersOf(id), {});
  if (questions.length > 0 || !isOrganism) return { questions, question };
  const eight = eightQuestions(datasetDomain(run.manifest?.dataset.name ?? "")).map((each) => ({
    id: each.id,
    question: questionText(each),
    domain: each.domain,
    breadth: each.breadth,
  }));
  return { questions: eight, question: eight[0]?.id ?? null };
}

/**
 * Warms up an organism: a question of each length, as lengths compile programs of their own, asked in the ways that
 * the page asks.
 */
function warming(run: Run, { steps, directions }: PlaygroundSetup, model: AskableModel): PlaygroundTask[] {
  const step = steps.at(-1);
  if (step === undefined) return [];
  const byLength = new Map(organismQuestions().map(({ text }) => [text.split(/\s+/).length, text]));
  const base = { step, scale: 1, temperature: 1, seed: 0, answers: 3, edits: [], withBase: true };
  const [direction] = directions;
  const edits = direction === undefined ? [] : steer(run, model, { direction: direction.id }).edits;
  return [...byLength.values()].flatMap((question) => [
    taskOf(run, model, { ...base, question }),
    taskOf(run, model, { ...base, question, withBase: false }),
    ...(edits.length === 0 ? [] : [taskOf(run, model, { ...base, question, edits, withBase: false })]),
  ]);
}
