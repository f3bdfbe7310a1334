import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import pLimit from "p-limit";
import { threadFile } from "../../src/tensor/threadFile.js";
import { mutationResult } from "./mutationMessages.js";

/** Longest time that one input may take, in milliseconds. */
const longest = 5000;
/** Inputs that one thread is given; a new one begins with an empty heap. */
const batch = 5000;
/** Heap of a thread, in megabytes. */
const heap = 700;

/** What came of the mutated inputs of one parser. */
export interface MutationRow {
  readonly parser: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failures: readonly string[];
}

/** Options of the mutations. */
export interface MutationOptions {
  /** Number of inputs of all parsers together. */
  readonly inputs: number;
  readonly seed: number;
  /** Time at which it stops, by `performance.now()`. */
  readonly until: number;
  /** Names of the parsers. */
  readonly names: readonly string[];
  readonly threads?: number;
}

/**
 * Gives mutated inputs to every parser: each must answer, or refuse in one line, within seconds and in bounded memory.
 */
export async function mutationCampaign(
  run: string,
  work: string,
  { inputs, seed, until, names, threads = 2 }: MutationOptions,
): Promise<MutationRow[]> {
  const each = Math.ceil(inputs / names.length);
  const limit = pLimit(threads);
  const rows = names.map((parser) => {
    const failures: string[] = [];
    const row = { parser, inputs: 0, accepted: 0, refused: 0, failures };
    const batches = Array.from({ length: Math.ceil(each / batch) }, (_, index) => index * batch);
    const done = Promise.all(
      batches.map((from) =>
        limit(async () => {
          if (performance.now() > until || row.failures.length > 3) return;
          const to = Math.min(each, from + batch);
          const folder = join(work, `${parser.replaceAll(" ", "-")}-from-${from}`);
          const found = await inThread({ parser, run, folder, seed, from, to });
          row.inputs += found.inputs;
          row.accepted += found.accepted;
          row.refused += found.refused;
          row.failures.push(...found.failures);
        }),
      ),
    );
    return done.then(() => {
      process.stderr.write(
        `${parser}: ${row.inputs} inputs, ${row.accepted} read, ${row.refused} refused, ${row.failures.length} failures\n`,
      );
      return row;
    });
  });
  return Promise.all(rows);
}

interface Batch {
  readonly parser: string;
  readonly run: string;
  readonly folder: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

async function inThread(task: Batch): Promise<Omit<MutationRow, "parser">> {
  mkdirSync(task.folder, { recursive: true });
  const progress = new SharedArrayBuffer(4);
  const at = new Int32Array(progress);
  at[0] = task.from;
  const { filename, execArgv = [] } = threadFile(import.meta.url, "mutationWorker");
  const worker = new Worker(new URL(filename), {
    workerData: { ...task, progress },
    execArgv,
    resourceLimits: { maxOldGenerationSizeMb: heap },
  });
  let [seen, since] = [task.from, performance.now()];
  return new Promise((resolve) => {
    const end = (found: Omit<MutationRow, "parser">): void => {
      clearInterval(watch);
      void worker.terminate().then(() => {
        if (found.failures.length === 0) rmSync(task.folder, { recursive: true, force: true });
        resolve(found);
      });
    };
    const failed = (what: string): void => {
      const count = Atomics.load(at, 0) - task.from + 1;
      end({ inputs: count, accepted: 0, refused: 0, failures: [`input ${Atomics.load(at, 0)}: ${what}`] });
    };
    const watch = setInterval(() => {
      const now = Atomics.load(at, 0);
      if (now !== seen) [seen, since] = [now, performance.now()];
      else if (performance.now() - since > longest * (seen === task.from ? 4 : 1)) {
        failed(`no answer for ${longest} ms; the input lies in ${task.folder}`);
      }
    }, 200);
    worker.once("error", (error) => failed(String(error)));
    worker.once("message", (message) => {
      const { accepted, refused, defects } = mutationResult.parse(message);
      end({
        ...{ inputs: task.to - task.from, accepted, refused },
        failures: defects.map(({ input, what, kept }) => `input ${input} (${kept}): ${what}`),
      });
    });
  });
}
