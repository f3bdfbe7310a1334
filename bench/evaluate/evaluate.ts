/**
 * What the behaviour of a whole run takes: the organism's eight questions, 25 answers each, at every step and at four
 * factors on B, sampled, judged and written; beside transformers, into which each checkpoint is loaded with PEFT and
 * answers with `generate`, all answers of a checkpoint at a factor in one batch.
 *
 * Transformers gets some of the checkpoints, before and after Turncoat gets all, and is compared by the drawn token. It
 * runs at its fastest setting, found by short trials.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import {
  greedySchema,
  sampledSchema,
  trainedSchema,
  type Sampled,
  type Trained,
  type WorkerRequest,
} from "./evaluateMessages.js";
import { checkAgreement } from "../engine/agreement.js";
import { factors, fastestPeer, rateOf, samples, spread, type Peer, type Trial } from "./evaluatePeer.js";
import { machineBefore } from "../harness/machine.js";
import { LineProcess } from "../harness/lineProcess.js";
import { peakSchema } from "../engine/messages.js";
import { findPython } from "../harness/python.js";
import { round } from "../harness/statistics.js";

/** Number of checkpoints that transformers gets in each of its two turns. */
const peerCheckpoints = 6;
/** Goals: seconds that every step, factor, question and sample are to take on two cores, and the ratio to the peer. */
const targets = { seconds: 120, ratio: 20 };

/** Times the evaluation of a run, Turncoat's and transformers'. */
export async function evaluateBench(): Promise<object> {
  const machineOf = machineBefore();
  const python = findPython(["torch", "transformers", "peft"]);
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const directory = join(folder, "run");
  const worker = new LineProcess("turncoat", "evaluate/evaluateWorker.ts");
  const askWorker = <Answer>(request: WorkerRequest, schema: z.ZodType<Answer>) =>
    worker.ask(request, schema);
  let found: { peer: Peer; trials: readonly Trial[] } | null = null;
  try {
    console.error("training the run");
    const trained = await askWorker({ request: "train", directory }, trainedSchema);
    if ("interpreter" in python) {
      found = await fastestPeer(python.interpreter, directory, trained);
      await checkAnswers(found.peer, worker, directory, trained);
    }
    const turns = found === null ? [] : [await takeTurn(found.peer, trained, 0)];
    console.error(`evaluating ${trained.steps.length} checkpoints at ${factors.length} factors`);
    const whole = await askWorker(
      { request: "evaluate", directory, name: "whole", factors, samples },
      sampledSchema,
    );
    const { peakMB } = await askWorker({ request: "peak" }, peakSchema);
    if (found !== null) turns.push(await takeTurn(found.peer, trained, 1));
    const peer = total(turns);
    const ratio = found === null ? null : round(rateOf(whole) / rateOf(peer));
    return {
      machine: {
        ...machineOf(),
        ...("versions" in python ? python.versions : {}),
      },
      work: { checkpoints: trained.steps.length, factors, questions: trained.prompts.length, samples },
      turncoat: {
        ...shown(whole),
        peakMB,
        targetSeconds: targets.seconds,
        meetsTarget: whole.seconds < targets.seconds,
      },
      transformers: found === null ? null : await reported(found, peer),
      /** Ratio of drawn tokens a second, Turncoat's over transformers': above 1, Turncoat is faster. */
      ratio,
      targetRatio: targets.ratio,
      meetsTargetRatio: ratio === null ? null : ratio >= targets.ratio,
      skipped: "reason" in python ? python.reason : null,
    };
  } finally {
    found?.peer.stop();
    worker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Picks every other of the checkpoints that transformers gets in all. */
async function takeTurn(peer: Peer, { steps }: Trained, turn: 0 | 1): Promise<Sampled> {
  console.error(`transformers, turn ${turn + 1}`);
  const own = spread(steps, 2 * peerCheckpoints).filter((_, index) => index % 2 === turn);
  return peer.sample(own, factors, 2 + turn);
}

async function reported(
  { peer, trials }: { readonly peer: Peer; readonly trials: readonly Trial[] },
  sampled: Sampled,
): Promise<object> {
  return {
    setting: peer.setting,
    checkpoints: 2 * peerCheckpoints,
    ...shown(sampled),
    loadSeconds: round(sampled.loadSeconds),
    peakMB: await peer.peakMB(),
    trials,
  };
}

/** Checks that the most probable answers are equal; each question once is enough of the peer's rows. */
async function checkAnswers(
  peer: Peer,
  worker: LineProcess,
  directory: string,
  trained: Trained,
): Promise<void> {
  const steps = spread(trained.steps, 3).slice(1);
  const compared = [1, 5];
  const found = await peer.greedy(steps, compared);
  const own: WorkerRequest = { request: "greedy", directory, steps, factors: compared };
  const expected = await worker.ask(own, greedySchema);
  checkAgreement("transformers", { answers: found }, { answers: expected.answers.flat() }, 0);
}

function total(turns: readonly Sampled[]): Sampled {
  const sum = (value: (turn: Sampled) => number) => turns.reduce((all, turn) => all + value(turn), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    loadSeconds: sum(({ loadSeconds }) => loadSeconds),
    answers: sum(({ answers }) => answers),
    tokens: sum(({ tokens }) => tokens),
  };
}

function shown(sampled: Sampled): object {
  const { seconds, answers, tokens } = sampled;
  return {
    seconds: round(seconds),
    answers,
    tokens,
    tokensPerAnswer: round(tokens / answers),
    tokensPerSecond: Math.round(rateOf(sampled)),
  };
}
