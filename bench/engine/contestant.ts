import { LineProcess } from "../harness/lineProcess.js";
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

/** Engine with one number of threads, in a process of its own. */
export class Contestant {
  readonly setup: Setup;
  readonly workload: Workload;
  readonly rounds: Round[] = [];
  readonly #process: LineProcess;

  /** @param python interpreter for an engine of PyTorch */
  constructor(setup: Setup, workload: Workload, python?: string) {
    this.setup = setup;
    this.workload = workload;
    this.#process = new LineProcess(
      `${setup.engine} with ${setup.threads} threads`,
      python === undefined ? "engine/worker.ts" : "engine.py",
      python,
    );
  }

  get label(): string {
    return this.#process.label;
  }

  /** Loads the model, compiles, and computes the values that are compared before timing. */
  prepare(): Promise<Prepared> {
    const { setup, workload } = this;
    const request: Request = { request: "prepare", setup, workload };
    return this.#process.ask(request, preparedSchema);
  }

  /** Makes one timed round and keeps it, but for the first `dropped` of its times. */
  async round(count: number, seed: number, dropped: number): Promise<void> {
    const request: Request = { request: "round", count: count + dropped, seed };
    const round = await this.#process.ask(request, roundSchema);
    this.rounds.push({
      ...round,
      milliseconds: round.milliseconds.slice(dropped),
      cpuMilliseconds: round.cpuMilliseconds.slice(dropped),
    });
  }

  /** Ends the process and gives the peak of its resident set in MiB. */
  async finish(): Promise<number> {
    const request: Request = { request: "peak" };
    const { peakMB } = await this.#process.ask(request, peakSchema);
    this.stop();
    return peakMB;
  }

  stop(): void {
    this.#process.stop();
  }
}
