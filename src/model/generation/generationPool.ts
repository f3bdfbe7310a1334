import { Tinypool } from "tinypool";
import { z } from "zod";
import type { EngineOptions } from "../../tensor/engine.js";
import type { GenerationOptions, GenerationRow, GenerativeModel } from "./generate.js";
import type { Model } from "../model.js";
import { isSmall } from "./modelSize.js";
import { threadFile } from "../../tensor/threadFile.js";

/** Model that every worker starts from. */
export interface WorkerModel extends Pick<GenerativeModel, "config" | "parameters" | "tokenizer"> {
  readonly engine: EngineOptions;
}

/** Batch of answers to draw. */
export interface GenerationTask {
  readonly rows: readonly GenerationRow[];
  readonly options: PoolOptions;
}

/** Options of a worker; it hands answers over whole. */
export type PoolOptions = Omit<GenerationOptions, "onTokens">;

const answersSchema = z.array(z.array(z.number()));

/** Tells whether batches are drawn faster side by side, each on one core, than one by one on all cores. */
export function isFasterInWorkers({ engine, parameters }: Model): boolean {
  return engine.description.executionProvider === "cpu" && isSmall(parameters);
}

/**
 * Pool of threads that draw batches of answers side by side, each with an engine of one thread.
 *
 * The operations of a small model are so short that several threads at one of them mostly wait for each other;
 * and ONNX Runtime's Node binding keeps the thread that calls it until the run is over.
 */
export class GenerationPool {
  readonly workers: number;
  readonly #pool: Tinypool;
  readonly #underWay = new Set<Promise<unknown>>();

  /** @param workers number of threads. @default one for each thread of the model's engine */
  constructor(
    { config, parameters, tokenizer, engine }: Model,
    workers: number = engine.description.threads ?? 1,
  ) {
    this.workers = workers;
    const model: WorkerModel = {
      config,
      parameters,
      tokenizer: { paddingId: tokenizer.paddingId, endIds: tokenizer.endIds },
      engine: { engine: engine.description.name, threads: 1 },
    };
    this.#pool = new Tinypool({
      ...threadFile(import.meta.url, "generationWorker"),
      workerData: model,
      minThreads: workers,
      maxThreads: workers,
    });
  }

  /** Draws an answer for every row, as `generate` does, in one of the workers. */
  async generate(rows: readonly GenerationRow[], options: PoolOptions): Promise<number[][]> {
    const task: GenerationTask = { rows, options };
    const running: Promise<unknown> = this.#pool.run(task);
    this.#underWay.add(running);
    const answers = await running.finally(() => this.#underWay.delete(running));
    return answersSchema.parse(answers);
  }

  /** Ends the workers once they have drawn what they were given: a thread cannot be ended inside ONNX Runtime. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#pool.destroy();
  }
}
