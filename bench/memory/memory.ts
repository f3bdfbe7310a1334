/**
 * How much memory a bfloat16 model folder of Qwen2.5-0.5B's shape takes, and how long, with weights that programs
 * share and with weights that each program packs for itself; and what training all weights takes, of a smaller model of
 * the same kind, since it is some ten times the weights. The weights are random; every case is a process of its own.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../src/pipeline/packageRoot.js";
import { memoryResult, type MemoryResult, type MemoryTask } from "./memoryMessages.js";
import { writeRandomModel, type RandomModelName } from "../harness/randomModel.js";

interface MemoryCase extends Pick<MemoryTask, "work" | "frozenWeights"> {
  readonly model: RandomModelName;
}

const tasks: readonly MemoryCase[] = [
  { work: "answers", frozenWeights: "shared", model: "halfBillion" },
  { work: "answers", frozenWeights: "packed", model: "halfBillion" },
  { work: "training", frozenWeights: "shared", model: "halfBillion" },
  { work: "training", frozenWeights: "packed", model: "halfBillion" },
  { work: "training", frozenWeights: "shared", model: "smaller" },
  { work: "fullTraining", frozenWeights: "shared", model: "smaller" },
];

/** Measures the memory of all cases. */
export async function memoryBench(): Promise<unknown> {
  const loadBefore = loadavg()[0];
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const written = new Map<RandomModelName, number>();
  try {
    const threads = availableParallelism();
    const cases: unknown[] = [];
    for (const { model, ...task } of tasks) {
      const place = join(folder, model);
      mkdirSync(place, { recursive: true });
      const parameters = written.get(model) ?? writeRandomModel(place, model);
      written.set(model, parameters);
      const weightBytes = 4 * parameters;
      const { startBytes, peakBytes, readySeconds, milliseconds } = await measure({
        ...task,
        folder: place,
        threads,
      });
      cases.push({
        ...task,
        model,
        parameters,
        weightsMB: mebibytes(weightBytes),
        startMB: mebibytes(startBytes),
        peakMB: mebibytes(peakBytes),
        peakOverWeights: round(peakBytes / weightBytes),
        readySeconds: round(readySeconds),
        milliseconds: round(milliseconds),
      });
    }
    return {
      name: "memory",
      machine: { cpu: cpus()[0]?.model, cores: threads, memoryMB: mebibytes(totalmem()), loadBefore },
      node: process.version,
      cases,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(task: MemoryTask): Promise<MemoryResult> {
  const worker = join(packageRoot(), "bench", "memory", "memoryWorker.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", worker, JSON.stringify(task)],
    { cwd: packageRoot() },
  );
  return memoryResult.parse(JSON.parse(stdout));
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function round(value: number): number {
  return Math.round(1000 * value) / 1000;
}
