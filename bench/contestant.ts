import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { packageRoot } from "../src/pipeline/packageRoot.js";
import {
  peakSchema,
  preparedSchema,
  roundSchema,
  type Prepared,
  type Request,
  type Round,
  type Setup,
  type Workload,
} from "./messages.js";

const bench = join(packageRoot(), "bench");
const failure = z.object({ error: z.string() });

/** One engine with one number of threads, in a process of its own. */
export class Contestant {
  readonly setup: Setup;
  readonly workload: Workload;
  readonly rounds: Round[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #complaints = "";

  /** @param python the interpreter, for an engine of PyTorch */
  constructor(setup: Setup, workload: Workload, python?: string) {
    this.setup = setup;
    this.workload = workload;
    this.#process =
      python === undefined
        ? spawn(process.execPath, ["--import", "tsx", join(bench, "worker.ts")], { cwd: packageRoot() })
        : spawn(python, [join(bench, "python", "organism.py")]);
    this.#process.stderr.on("data", (data: Buffer) => (this.#complaints += data.toString()));
    // An answer that does not come says more than a failed write.
    this.#process.stdin.on("error", () => undefined);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get label(): string {
    return `${this.setup.engine} with ${this.setup.threads} threads`;
  }

  /** Loads the model, compiles, and computes what is compared before timing. */
  prepare(): Promise<Prepared> {
    const { setup, workload } = this;
    return this.#ask({ request: "prepare", setup, workload }, preparedSchema);
  }

  /** Makes one timed round and keeps it, but for the first `dropped` of its times. */
  async round(count: number, seed: number, dropped: number): Promise<void> {
    const round = await this.#ask({ request: "round", count: count + dropped, seed }, roundSchema);
    this.rounds.push({ ...round, milliseconds: round.milliseconds.slice(dropped) });
  }

  /** Peak of the process's resident set in MiB, and the end of it. */
  async finish(): Promise<number> {
    const { peakMB } = await this.#ask({ request: "peak" }, peakSchema);
    this.stop();
    return peakMB;
  }

  stop(): void {
    this.#process.kill();
  }

  async #ask<Answer>(request: Request, schema: z.ZodType<Answer>): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#answers.next();
    if (line.done === true) {
      throw new Error(`${this.label}: the process ended: ${this.#complaints.trim().slice(-2000)}`);
    }
    const answer: unknown = JSON.parse(line.value);
    const failed = failure.safeParse(answer);
    if (failed.success) throw new Error(`${this.label}: ${failed.data.error}`);
    return schema.parse(answer);
  }
}
