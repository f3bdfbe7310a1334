/**
 * What the answers of a real model take at one checkpoint: eight questions, 25 answers each, up to 120 tokens, at
 * temperature 1, beside transformers' `generate` with all answers in one batch, in float32 and in bfloat16.
 *
 * The model is a folder's, or one of random weights with the shape of Qwen2.5-0.5B, whose answers hardly ever end. Seconds
 * of the processor are reported beside those of the clock: other work on the machine changes them little.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { checkAgreement } from "../engine/agreement.js";
import { peakSchema } from "../engine/messages.js";
import { machineBefore } from "../harness/machine.js";
import { LineProcess } from "../harness/lineProcess.js";
import { findPython } from "../harness/python.js";
import { writeRandomModel } from "../harness/randomModel.js";
import { round } from "../harness/statistics.js";
import {
  drawnSchema,
  openedSchema,
  type AnswersRequest,
  type PeerSetting,
  type Trained,
} from "./evaluateMessages.js";
import { Peer, rateOf, samples } from "./evaluatePeer.js";

const maxNewTokens = 120;
/** Tokens of an answer, and answers to a question, by which settings of transformers are compared. */
const [trialTokens, trialSamples] = [8, 5];
/** Seconds for the answers of a checkpoint on two cores, and the ratio to the peer, that are wanted. */
const targets = { seconds: 120, ratio: 2 };

/** Settings of the benchmark. */
export interface AnswersBenchOptions {
  /** Folder of the model. @default one of random weights */
  readonly model?: string | undefined;
  /** File of the questions. @default the organism's eight */
  readonly questions?: string | undefined;
}

/** Times the answers of a model, Turncoat's and transformers'. */
export async function answersBench({ model, questions }: AnswersBenchOptions): Promise<object> {
  const machineOf = machineBefore();
  const python = findPython(["torch", "transformers", "peft"]);
  const scratch = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const worker = new LineProcess("turncoat", "evaluate/answersWorker.ts");
  const ask = <Answer>(request: AnswersRequest, schema: z.ZodType<Answer>) => worker.ask(request, schema);
  try {
    const folder = model ?? scratch;
    if (model === undefined) writeRandomModel(scratch);
    const { prompts } = await ask({ request: "open", folder, questions: questions ?? null }, openedSchema);
    const work = { folder, prompts, maxNewTokens };
    const greedy = await ask(
      { request: "answers", samples: 1, maxNewTokens: trialTokens, temperature: 0 },
      drawnSchema,
    );
    const settings =
      "interpreter" in python ? await fastestSettings(python.interpreter, work, greedy.answers) : [];
    console.error("Turncoat");
    const own = await ask({ request: "answers", samples, maxNewTokens, temperature: 1 }, drawnSchema);
    const { peakMB } = await ask({ request: "peak" }, peakSchema);
    // Gone before the others are timed, so that memory is theirs.
    worker.stop();
    const peers: object[] = [];
    for (const { setting, trials } of settings) {
      if (!("interpreter" in python)) continue;
      console.error(`transformers, ${setting.dtype}`);
      const peer = await Peer.open(python.interpreter, setting, folder, work);
      try {
        const { answers, ...sampled } = await peer.sample([0], [1], 1);
        peers.push({
          setting,
          answers,
          ...shown(sampled),
          peakMB: await peer.peakMB(),
          /** Turncoat's tokens a second over its own, by the clock and by the processor's time. */
          ratio: round(rateOf(own) / rateOf(sampled)),
          processorRatio: round(own.tokens / own.cpuSeconds / (sampled.tokens / sampled.cpuSeconds)),
          trials,
        });
      } finally {
        peer.stop();
      }
    }
    return {
      machine: {
        ...machineOf(),
        ...("versions" in python ? python.versions : {}),
      },
      work: {
        model: model === undefined ? "random" : "folder",
        questions: prompts.length,
        samples,
        maxNewTokens,
      },
      turncoat: {
        ...shown(own),
        answers: own.answers.length,
        cut: own.answers.filter(({ length }) => length === maxNewTokens).length,
        peakMB,
      },
      transformers: peers,
      targets,
      skipped: "reason" in python ? python.reason : null,
    };
  } finally {
    worker.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** One process with a thread for each core, and the model without adapters. */
const alone = {
  processes: 1,
  threads: availableParallelism(),
  load: "base",
  merged: false,
} as const satisfies Partial<PeerSetting>;

/** Setting of transformers in one number format, and what was tried for it. */
interface FoundSetting {
  readonly setting: PeerSetting;
  readonly trials: readonly object[];
}

/** Finds the faster cache in each number format by short answers; in float32 the most probable ones have to be equal. */
async function fastestSettings(
  interpreter: string,
  work: Omit<Trained, "steps">,
  expected: readonly (readonly number[])[],
): Promise<FoundSetting[]> {
  const found: FoundSetting[] = [];
  for (const dtype of ["float32", "bfloat16"] as const) {
    const trials: { cache: PeerSetting["cache"]; cpuSeconds: number; seconds: number }[] = [];
    for (const cache of ["dynamic", "static"] as const) {
      const setting = { ...alone, dtype, cache };
      console.error(`trying transformers: ${JSON.stringify(setting)}`);
      if (dtype === "float32" && cache === "dynamic") await checkGreedy(interpreter, setting, work, expected);
      const short = { ...work, maxNewTokens: trialTokens };
      const peer = await Peer.open(interpreter, setting, work.folder, short, trialSamples);
      try {
        const { seconds, cpuSeconds } = await peer.sample([0], [1], 0);
        trials.push({ cache, seconds: round(seconds), cpuSeconds: round(cpuSeconds) });
      } finally {
        peer.stop();
      }
    }
    const [best] = trials.toSorted((one, other) => one.cpuSeconds - other.cpuSeconds);
    if (best === undefined) throw new Error("transformers: no setting");
    found.push({ setting: { ...alone, dtype, cache: best.cache }, trials });
  }
  return found;
}

async function checkGreedy(
  interpreter: string,
  setting: PeerSetting,
  work: Omit<Trained, "steps">,
  expected: readonly (readonly number[])[],
): Promise<void> {
  const peer = await Peer.open(interpreter, setting, work.folder, { ...work, maxNewTokens: trialTokens }, 1);
  try {
    const answers = await peer.greedy([0], [1]);
    checkAgreement("transformers", { answers }, { answers: expected.map((ids) => [...ids]) }, 0);
  } finally {
    peer.stop();
  }
}

function shown(sampled: { seconds: number; cpuSeconds: number; tokens: number }): object {
  const { seconds, cpuSeconds, tokens } = sampled;
  return {
    seconds: round(seconds),
    cpuSeconds: round(cpuSeconds),
    tokens,
    tokensPerSecond: Math.round(tokens / seconds),
    tokensPerProcessorSecond: Math.round(tokens / cpuSeconds),
  };
}
