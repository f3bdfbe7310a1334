import { defaultThresholds } from "../../analysis/behavior/rates.js";
import type { AnswerJudge } from "../../pipeline/playground/answerJudge.js";
import { PlaygroundHost } from "../../pipeline/playground/playgroundHost.js";
import { exactScores, type GivenModel } from "../../pipeline/playground/playgroundSetup.js";
import type { RunSources } from "../../runs/runCatalog.js";
import type { RunStore } from "../reports/runStore.js";
import { runParams, type ServedError } from "../schemas/common.js";
import {
  playgroundBody,
  playgroundEvents,
  playgroundSchema,
  type ServedPlayground,
  type ServedPlaygroundScores,
} from "../schemas/playground.js";
import { eventRoute } from "./eventRoute.js";
import { ColumnRates, ruleOf } from "./playgroundRates.js";
import { PlaygroundScores, verdictScores } from "./playgroundScores.js";
import { sweepRoute } from "./playgroundSweep.js";
import { jsonRoute, type Route } from "./route.js";

export interface PlaygroundOptions extends Pick<RunSources, "runsRoot">, GivenModel {
  /** Host that opens the models. @default one of its own */
  readonly playground?: PlaygroundHost | undefined;
  /** Judge of every answer. @default the organism's own judge, and nobody for other models */
  readonly judge?: AnswerJudge | undefined;
}

/** Answers of a column that are drawn together: more would take more memory, and the next reader would wait longer. */
const mostAtOnce = 8;

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
  const given: GivenModel = { baseModel, chatTemplate };
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/playground",
      summary: "What of a run can be asked; opens the embedded organism where it is its base",
      params: runParams,
      response: playgroundSchema,
      answer: async ({ params }) => {
        const { model, warming, ...askable } = await store.read("askable", params.id, { given });
        const isOrganism = model?.isOrganism ?? false;
        if (model !== null && warming.length > 0) host.warm(model, warming);
        return {
          ...askable,
          model: model === null ? null : { name: model.name, layers: model.layers, isOrganism },
          judge: servedJudge(judge, isOrganism),
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
        const asking = { given, question: body };
        const { model, task, chosen, questionId } = await store.read("asked", params.id, asking);
        // What arrives from the thread is passed on in its order, at the pace of the reader.
        let sent = Promise.resolve();
        const later = (next: () => Promise<void>): void => {
          sent = sent.then(next);
          sent.catch(() => undefined);
        };
        const asked = { id: questionId, text: body.question };
        const rates = new ColumnRates(ruleOf(judge));
        const listener = {
          onScores: (said: ServedPlaygroundScores) =>
            later(async () => {
              await send("scores", said);
              await send("rates", rates.add(said.column, verdictScores(said)));
            }),
          onFailure: (error: ServedError) => later(() => send("unjudged", error)),
        };
        const scores =
          judge === undefined ? null : new PlaygroundScores(judge.scorer(asked, signal), listener, signal);
        let milliseconds = 0;
        for (let first = 0; first < task.randomNames.length; first += mostAtOnce) {
          const randomNames = task.randomNames.slice(first, first + mostAtOnce);
          const numbered = <T extends { readonly sample: number }>(each: T): T => ({
            ...each,
            sample: each.sample + first,
          });
          milliseconds += await host.ask(
            model,
            { ...task, randomNames },
            {
              onWaiting: ({ ahead, isOpen }) => {
                if (first > 0) return;
                const state = ahead > 0 ? "waiting" : isOpen ? "answering" : "opening";
                later(() => send("state", { state, ahead, ...chosen }));
              },
              onParts: (parts) => later(() => send("parts", { parts: parts.map(numbered) })),
              onAnswers: (answers) =>
                later(async () => {
                  for (const answer of answers.map(numbered)) {
                    const { aligned, coherent } =
                      scores === null && model.isOrganism
                        ? await exactScores(body.question, answer.text)
                        : { aligned: null, coherent: null };
                    await send("answer", { ...answer, aligned, coherent, isBeingJudged: scores !== null });
                    if (scores === null) await send("rates", rates.add(answer.column, { aligned, coherent }));
                    else scores.add(answer);
                  }
                }),
            },
            signal,
          );
          if (signal.aborted) break;
        }
        later(() => send("done", { milliseconds }));
        await sent;
        await scores?.finish();
        await sent;
      },
    }),
    sweepRoute(store, { given, host, judge }),
  ];
}

function servedJudge(judge: AnswerJudge | undefined, isOrganism: boolean): ServedPlayground["judge"] {
  if (judge !== undefined) return { kind: "model", name: judge.name };
  return isOrganism ? { kind: "exact", name: "exact judge" } : null;
}
