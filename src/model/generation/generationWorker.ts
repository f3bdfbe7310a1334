/** A thread of `GenerationPool`. */
import { Tinypool } from "tinypool";
import { createEngine } from "../../tensor/engine.js";
import { ProgramCache } from "../../tensor/programCache.js";
import { generate, type GenerativeModel } from "./generate.js";
import type { GenerationTask, WorkerModel } from "./generationPool.js";

const given: unknown = Tinypool.workerData;
if (!isWorkerModel(given))
  throw new TypeError("generation worker: expected to be started by a GenerationPool");
const model: GenerativeModel = { ...given, programs: new ProgramCache(await createEngine(given.engine)) };

/** Draws a batch of answers. */
export default function draw({ rows, options }: GenerationTask): Promise<number[][]> {
  return generate(model, rows, options);
}

function isWorkerModel(value: unknown): value is WorkerModel {
  const fields = ["config", "parameters", "tokenizer", "engine"] satisfies (keyof WorkerModel)[];
  return typeof value === "object" && value !== null && fields.every((field) => field in value);
}
