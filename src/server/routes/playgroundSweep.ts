import { interventionSentences } from "../../analysis/interventions/interventionWords.js";
import type { AnswerJudge } from "../../pipeline/playground/answerJudge.js";
import type { PlaygroundHost } from "../../pipeline/playground/playgroundHost.js";
import { exactScores, type GivenModel } from "../../pipeline/playground/playgroundSetup.js";
import { runSweep, type SweepScores } from "../../pipeline/playground/runSweep.js";
import type { SweepQuestion } from "../../pipeline/playground/sweepPlan.js";
import type { RunStore } from "../reports/runStore.js";
import { Busy } from "../requestErrors.js";
import { runParams } from "../schemas/common.js";
import { sweepBody, sweepEvents } from "../schemas/playgroundSweep.js";
import { eventRoute } from "./eventRoute.js";
import { ruleOf, servedRate } from "./playgroundRates.js";
import type { Route } from "./route.js";

/** Most sweeps at a time: a question waits for one task of each. */
const mostSweeps = 2;

/** Route to sweeps of the playground, which give way to questions. */
export function sweepRoute(
  store: RunStore,
  {
    given,
    host,
    judge,
  }: { readonly given: GivenModel; readonly host: PlaygroundHost; readonly judge: AnswerJudge | undefined },
): Route {
  let underWay = 0;
  return eventRoute({
    method: "post",
    path: "/runs/:id/playground/sweep",
    summary:
      "Misaligned and coherent answers of a checkpoint along a direction and random ones, or over factors, point by point",
    params: runParams,
    body: sweepBody,
    events: sweepEvents,
    admit: () => {
      if (underWay < mostSweeps) return;
      throw new Busy(`${underWay} sweeps are under way already`, { hint: "Ask again in a while." });
    },
    stream: async ({ params, body, send, signal }) => {
      underWay++;
      try {
        const sweeping = { given, sweep: body, isExact: judge === undefined };
        const { model, plan, planned } = await store.read("sweepable", params.id, sweeping);
        await send("planned", planned);
        // What is done is told in its order, at the pace of the reader.
        let sent = Promise.resolve();
        const later = (next: () => Promise<void>): void => {
          sent = sent.then(next);
          sent.catch(() => undefined);
        };
        const rows = await runSweep({
          plan,
          ask: (task) => host.askBetween(model, task, signal),
          scoresOf: judge === undefined ? scoredExactly : scoredBy(judge, signal),
          rule: ruleOf(judge),
          onProgress: (progress) => later(() => send("progress", progress)),
          onPoint: ({ kind, strength }, { em, coherent }) =>
            later(() =>
              send("point", { kind, strength, em: servedRate(em), coherent: servedRate(coherent) }),
            ),
          signal,
        });
        await sent;
        await send("swept", { sentences: interventionSentences(rows) });
      } finally {
        underWay--;
      }
    },
  });
}

const scoredExactly = ({ text }: SweepQuestion, answer: string): Promise<SweepScores> =>
  exactScores(text, answer);

function scoredBy(judge: AnswerJudge, signal: AbortSignal) {
  return async ({ id, text }: SweepQuestion, answer: string): Promise<SweepScores> => {
    const { aligned, coherent } = await judge.scorer({ id, text }, signal)(answer);
    return { aligned: aligned?.value ?? null, coherent: coherent?.value ?? null };
  };
}
