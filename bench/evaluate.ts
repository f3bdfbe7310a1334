/**
 * What the behaviour of a whole run takes: the organism's eight questions, 25 answers each, at every step and at four
 * factors on B, sampled, judged and written; beside transformers, into which each checkpoint is loaded with PEFT and
 * answers with `generate`, all answers of a checkpoint at a factor in one batch.
 *
 * Transformers gets some of the checkpoints, before and after Turncoat gets all, and is compared by the drawn token. It
 * runs at its fastest setting, found by short trials: with a base model of its own for every checkpoint or one for all,
 * with the adapter merged into the weights or beside them, on one thread or one for each core.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import {
  greedySchema,
  sampledSchema,
  trainedSchema,
  type Asked,
  type EvaluateRequest,
  type PeerSetting,
  type Sampled,
  type WorkerRequest,
} from "./evaluateMessages.js";
import { checkAgreement } from "./agreement.js";
import { LineProcess } from "./lineProcess.js";
import { peakSchema } from "./messages.js";
import { findPython } from "./python.js";
import { round } from "./statistics.js";

const factors = [1, 5, 10, 20];
const samples = 25;
/** Checkpoints that transformers gets, in each of its two turns; and in a trial of a setting. */
const peerCheckpoints = 6;
const trialCheckpoints = 2;
/** Seconds that every step, factor, question and sample are to take on two cores, and how many times as fast as the peer. */
const targets = { seconds: 120, ratio: 20 };

type Trained = z.infer<typeof trainedSchema>;

/** Times everything. */
export async function evaluateBench(): Promise<object> {
  const loadBefore = round(loadavg()[0] ?? NaN);
  const python = findPython(["torch", "transformers", "peft"]);
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const directory = join(folder, "run");
  const worker = new LineProcess("turncoat", "evaluateWorker.ts");
  const askWorker = <Answer>(request: WorkerRequest, schema: z.ZodType<Answer>) =>
    worker.ask(request, schema);
  try {
    console.error("training the run");
    const trained = await askWorker({ request: "train", directory }, trainedSchema);
    const peer =
      "interpreter" in python ? await Peer.open(python.interpreter, directory, trained, worker) : null;
    await peer?.takeTurn(0);
    console.error(`evaluating ${trained.steps.length} checkpoints at ${factors.length} factors`);
    const whole = await askWorker(
      { request: "evaluate", directory, name: "whole", factors, samples },
      sampledSchema,
    );
    const { peakMB } = await askWorker({ request: "peak" }, peakSchema);
    await peer?.takeTurn(1);
    const ratio = peer === null ? null : round(rateOf(whole) / rateOf(peer.total()));
    const [cpu] = cpus();
    return {
      machine: {
        cpu: cpu?.model ?? "unknown",
        cores: availableParallelism(),
        loadBefore,
        loadAfter: round(loadavg()[0] ?? NaN),
        node: process.versions.node,
        ...("versions" in python ? python.versions : {}),
      },
      work: { checkpoints: trained.steps.length, factors, questions: trained.prompts.length, samples },
      turncoat: {
        ...shown(whole),
        peakMB,
        targetSeconds: targets.seconds,
        meetsTarget: whole.seconds < targets.seconds,
      },
      transformers: peer === null ? null : await peer.report(),
      /** Drawn tokens a second, Turncoat's over transformers': above 1, Turncoat is faster. */
      ratio,
      targetRatio: targets.ratio,
      meetsTargetRatio: ratio === null ? null : ratio >= targets.ratio,
      skipped: "reason" in python ? python.reason : null,
    };
  } finally {
    worker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Transformers at its fastest setting. */
class Peer {
  readonly #setting: PeerSetting;
  readonly #trials: readonly object[];
  readonly #process: LineProcess;
  readonly #directory: string;
  readonly #steps: readonly number[];
  readonly #turns: Sampled[] = [];

  private constructor(
    setting: PeerSetting,
    trials: readonly object[],
    process: LineProcess,
    directory: string,
    steps: readonly number[],
  ) {
    this.#setting = setting;
    this.#trials = trials;
    this.#process = process;
    this.#directory = directory;
    this.#steps = steps;
  }

  /** Finds the fastest setting, and checks that it says what Turncoat says. */
  static async open(
    interpreter: string,
    directory: string,
    trained: Trained,
    worker: LineProcess,
  ): Promise<Peer> {
    const steps = spread(trained.steps, trialCheckpoints + 1).slice(1);
    const trials: { setting: PeerSetting; process: LineProcess; sampled: Sampled }[] = [];
    for (const setting of settings()) {
      console.error(`trying transformers: ${JSON.stringify(setting)}`);
      const process = await prepared(interpreter, setting, trained);
      const asked = { checkpoints: steps.map((step) => folderOf(directory, step)), factors };
      const ask = (work: Asked): EvaluateRequest => ({ request: "sample", seed: 0, ...work });
      // What is done once is not timed: the first call allocates and initialises.
      await process.ask(ask({ ...asked, factors: [1] }), sampledSchema);
      trials.push({ setting, process, sampled: await process.ask(ask(asked), sampledSchema) });
    }
    const [best, ...others] = trials.sort((one, other) => rateOf(other.sampled) - rateOf(one.sampled));
    for (const { process } of others) process.stop();
    if (best === undefined) throw new Error("transformers: no setting");
    await checkAnswers(best.process, worker, directory, steps);
    const shownTrials = trials.map(({ setting, sampled }) => ({
      ...setting,
      tokensPerSecond: Math.round(rateOf(sampled)),
    }));
    return new Peer(best.setting, shownTrials, best.process, directory, trained.steps);
  }

  /** Every other of the checkpoints that it gets in all. */
  async takeTurn(turn: 0 | 1): Promise<void> {
    console.error(`transformers, turn ${turn + 1}`);
    const steps = spread(this.#steps, 2 * peerCheckpoints).filter((_, index) => index % 2 === turn);
    const request: EvaluateRequest = {
      request: "sample",
      seed: turn,
      checkpoints: steps.map((step) => folderOf(this.#directory, step)),
      factors,
    };
    this.#turns.push(await this.#process.ask(request, sampledSchema));
  }

  total(): Sampled {
    const sum = (value: (turn: Sampled) => number) =>
      this.#turns.reduce((total, turn) => total + value(turn), 0);
    return {
      seconds: sum(({ seconds }) => seconds),
      loadSeconds: sum(({ loadSeconds }) => loadSeconds),
      answers: sum(({ answers }) => answers),
      tokens: sum(({ tokens }) => tokens),
    };
  }

  async report(): Promise<object> {
    const request: EvaluateRequest = { request: "peak" };
    const { peakMB } = await this.#process.ask(request, peakSchema);
    this.#process.stop();
    return {
      setting: this.#setting,
      checkpoints: 2 * peerCheckpoints,
      ...shown(this.total()),
      loadSeconds: round(this.total().loadSeconds),
      peakMB,
      trials: this.#trials,
    };
  }
}

function settings(): PeerSetting[] {
  return (["reload", "swap"] as const).flatMap((load) =>
    [false, true].flatMap((merged) =>
      [...new Set([1, availableParallelism()])].map((threads) => ({ load, merged, threads })),
    ),
  );
}

async function prepared(interpreter: string, setting: PeerSetting, trained: Trained): Promise<LineProcess> {
  const { folder, maxNewTokens } = trained;
  const process = new LineProcess(`transformers, ${JSON.stringify(setting)}`, "evaluate.py", interpreter);
  const prompts = trained.prompts.flatMap((ids) => Array.from({ length: samples }, () => ids));
  const request: EvaluateRequest = { request: "prepare", setting, folder, prompts, maxNewTokens };
  await process.ask(request, z.object({ ready: z.literal(true) }));
  return process;
}

/** The most probable answers have to be the same; each question once is enough of the peer's rows. */
async function checkAnswers(
  peer: LineProcess,
  worker: LineProcess,
  directory: string,
  steps: readonly number[],
): Promise<void> {
  const compared = [1, 5];
  const request: EvaluateRequest = {
    request: "greedy",
    seed: 0,
    checkpoints: steps.map((step) => folderOf(directory, step)),
    factors: compared,
  };
  const found = await peer.ask(request, greedySchema);
  const own: WorkerRequest = { request: "greedy", directory, steps: [...steps], factors: compared };
  const expected = await worker.ask(own, greedySchema);
  const once = found.answers.flatMap((rows) => rows.filter((_, row) => row % samples === 0));
  checkAgreement("transformers", { answers: once }, { answers: expected.answers.flat() }, 0);
}

function folderOf(directory: string, step: number): string {
  return join(directory, `checkpoint-${step}`);
}

/** So many of some values, evenly, the last among them. */
function spread(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const at = Math.round(((index + 1) * values.length) / count) - 1;
    return values[Math.max(0, at)] ?? NaN;
  });
}

function rateOf({ tokens, seconds }: Sampled): number {
  return tokens / seconds;
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
