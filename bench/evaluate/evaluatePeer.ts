/** Transformers in the benchmark of an evaluation: how it can be run, and the fastest of that. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { checkpointFolder } from "../../src/runs/layout.js";
import {
  greedySchema,
  sampledSchema,
  type Asked,
  type EvaluateRequest,
  type PeerSetting,
  type Sampled,
  type Trained,
} from "./evaluateMessages.js";
import { LineProcess } from "../harness/lineProcess.js";
import { peakSchema } from "../engine/messages.js";

/** Number of answers to each question; every row of a batch of the peer's is one. */
export const samples = 25;
export const factors = [1, 5, 10, 20];
/** Number of checkpoints in a trial of a setting. */
const trialCheckpoints = 2;

/** Number format and cache for the organism, whose weights are float32. */
const usual = { dtype: "float32", cache: "dynamic" } as const;

/** Setting that was tried. */
export interface Trial extends PeerSetting {
  readonly tokensPerSecond: number;
}

/** Transformers in one or more processes, which divide checkpoints among themselves. */
export class Peer {
  readonly setting: PeerSetting;
  readonly #processes: readonly LineProcess[];
  readonly #directory: string;
  readonly #rows: number;

  private constructor(
    setting: PeerSetting,
    processes: readonly LineProcess[],
    directory: string,
    rows: number,
  ) {
    this.setting = setting;
    this.#processes = processes;
    this.#directory = directory;
    this.#rows = rows;
  }

  /**
   * Starts transformers, up to the loaded base model.
   * @param rows answers to each prompt
   */
  static async open(
    interpreter: string,
    setting: PeerSetting,
    directory: string,
    trained: Omit<Trained, "steps">,
    rows = samples,
  ): Promise<Peer> {
    const { folder, maxNewTokens } = trained;
    const prompts = trained.prompts.flatMap((ids) => Array.from({ length: rows }, () => ids));
    const request: EvaluateRequest = { request: "prepare", setting, folder, prompts, maxNewTokens };
    const processes = Array.from(
      { length: setting.processes },
      (_, index) =>
        new LineProcess(`transformers ${index + 1}, ${JSON.stringify(setting)}`, "evaluate.py", interpreter),
    );
    const peer = new Peer(setting, processes, directory, rows);
    try {
      await Promise.all(
        processes.map((process) => process.ask(request, z.object({ ready: z.literal(true) }))),
      );
    } catch (error) {
      peer.stop();
      throw error;
    }
    return peer;
  }

  /** Has answers drawn and times it, from the first request to the last answer. */
  async sample(steps: readonly number[], asked: readonly number[], seed: number): Promise<Sampled> {
    const started = performance.now();
    const parts = await Promise.all(
      this.#processes.flatMap((process, index) => {
        const own = steps.filter((_, place) => place % this.#processes.length === index);
        if (own.length === 0) return [];
        const request = { request: "sample", seed: 100 * seed + index, ...this.#asked(own, asked) } as const;
        return [process.ask(request satisfies EvaluateRequest, sampledSchema)];
      }),
    );
    const sum = (value: (part: Sampled) => number) => parts.reduce((total, part) => total + value(part), 0);
    return {
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
      loadSeconds: sum(({ loadSeconds }) => loadSeconds) / parts.length,
      answers: sum((part) => part.answers),
      tokens: sum((part) => part.tokens),
    };
  }

  /** Asks for the most probable answers, by checkpoint and factor; each question once. */
  async greedy(steps: readonly number[], asked: readonly number[]): Promise<number[][]> {
    const [process] = this.#processes;
    if (process === undefined) throw new Error("transformers: no process");
    const request: EvaluateRequest = { request: "greedy", seed: 0, ...this.#asked(steps, asked) };
    const { answers } = await process.ask(request, greedySchema);
    return answers.flatMap((rows) => rows.filter((_, row) => row % this.#rows === 0));
  }

  /** Measures the peak of the resident sets of all processes together, MiB. */
  async peakMB(): Promise<number> {
    const request: EvaluateRequest = { request: "peak" };
    const peaks = await Promise.all(this.#processes.map((process) => process.ask(request, peakSchema)));
    return peaks.reduce((total, { peakMB }) => total + peakMB, 0);
  }

  stop(): void {
    for (const process of this.#processes) process.stop();
  }

  #asked(steps: readonly number[], asked: readonly number[]): Asked {
    return {
      checkpoints: steps.map((step) => join(this.#directory, checkpointFolder(step))),
      factors: [...asked],
    };
  }
}

/**
 * Finds the fastest setting by short trials: first how many processes and threads, then how a checkpoint is loaded and
 * whether its adapter is merged.
 * @returns the peer at that setting, and all trials, the fastest first
 */
export async function fastestPeer(
  interpreter: string,
  directory: string,
  trained: Trained,
): Promise<{ peer: Peer; trials: readonly Trial[] }> {
  const steps = spread(trained.steps, trialCheckpoints + 1).slice(1);
  const trials: Trial[] = [];
  let best: Peer | undefined;
  const attempt = async (setting: PeerSetting): Promise<void> => {
    console.error(`trying transformers: ${JSON.stringify(setting)}`);
    const peer = await Peer.open(interpreter, setting, directory, trained);
    // What is done once is not timed: the first call allocates and initialises.
    await peer.sample(steps, [1], 0);
    const rate = rateOf(await peer.sample(steps, factors, 1));
    const isBest = trials.every(({ tokensPerSecond }) => tokensPerSecond < rate);
    trials.push({ ...setting, tokensPerSecond: Math.round(rate) });
    (isBest ? best : peer)?.stop();
    if (isBest) best = peer;
  };
  try {
    for (const layout of layouts()) await attempt({ ...layout, ...usual, load: "swap", merged: true });
    if (best === undefined) throw new Error("transformers: no setting");
    const { processes, threads } = best.setting;
    for (const load of ["swap", "reload"] as const) {
      for (const merged of [false, true]) {
        if (load === "swap" && merged) continue;
        await attempt({ ...usual, processes, threads, load, merged });
      }
    }
    return {
      peer: best,
      trials: trials.toSorted((one, other) => other.tokensPerSecond - one.tokensPerSecond),
    };
  } catch (error) {
    best?.stop();
    throw error;
  }
}

/**
 * Settings to try: one process with one thread, or with one for each core; or a process of one thread for each core.
 */
function layouts(): Pick<PeerSetting, "processes" | "threads">[] {
  const cores = availableParallelism();
  const one = { processes: 1, threads: 1 };
  return cores === 1 ? [one] : [one, { processes: 1, threads: cores }, { processes: cores, threads: 1 }];
}

/** Picks some values evenly, the last among them. */
export function spread(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const at = Math.round(((index + 1) * values.length) / count) - 1;
    return values[Math.max(0, at)] ?? NaN;
  });
}

/** Computes drawn tokens a second. */
export function rateOf({ tokens, seconds }: Pick<Sampled, "tokens" | "seconds">): number {
  return tokens / seconds;
}
