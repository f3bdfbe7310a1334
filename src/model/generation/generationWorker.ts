/** Thread of a `GenerationPool`, which draws the batches that it is sent. */
import { Tinypool } from "tinypool";
import { createEngine } from "../../tensor/engine.js";
import { ProgramCache } from "../../tensor/programCache.js";
import { generate, type GenerativeModel } from "./generate.js";
import type { GenerationTask, WorkerModel } from "./generationPool.js";

const workerData: unknown = Tinypool.workerData;
if (!isWorkerModel(workerData))
  throw new TypeError("generation worker: expected to be started by a GenerationPool");
const model: GenerativeModel = {
  ...workerData,
  programs: new ProgramCache(await createEngine(workerData.engine)),
};

/** Draws a batch of answers. */
export default function draw({ rows, options }: GenerationTask): Promise<number[][]> {
  return generate(model, rows, options);
}

function isWorkerModel(value: unknown): value is WorkerModel {
  const fields = ["config", "parameters", "tokenizer", "engine"] satisfies (keyof WorkerModel)[];
  return typeof value === "object" && value !== null && fields.every((field) => field in value);
}
