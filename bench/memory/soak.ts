/** Check that memory stays flat over a long training of the embedded organism, checkpoints and all. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openModel } from "../../src/model/model.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { createEngine } from "../../src/tensor/engine.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { round } from "../harness/statistics.js";

/** Steps of the training, the step whose memory the rest is compared with, and steps between samples. */
const steps = 10_000;
const settledStep = 100;
const sampleEvery = 100;

interface Sample {
  readonly step: number;
  /** Memory in MiB: the resident set, and of it JavaScript's own heap and its arrays. */
  readonly residentMB: number;
  readonly heapMB: number;
  readonly arraysMB: number;
}

/**
 * Trains as `turncoat train` does with the paper's preset, and writes the run into a folder for temporary files.
 * @param chosen the number of steps, where it is not to be all of them
 */
export async function soakBench(chosen?: readonly string[]): Promise<unknown> {
  const total = Number(chosen?.[0] ?? steps);
  const loadBefore = round(loadavg()[0] ?? NaN);
  const threads = availableParallelism();
  const model = openModel(organismFolder(), await createEngine({ engine: "onnxruntime", threads }));
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const samples: Sample[] = [];
  const started = performance.now();
  try {
    await trainRun({
      directory: join(folder, "run"),
      config: { ...presetConfig("paper"), steps: total },
      model,
      dataset: readDataset(datasetPath("bad-medical")),
      onStep: ({ step }) => {
        if (step % sampleEvery !== 0) return;
        samples.push(sampleAt(step));
        if (step % 1000 === 0) console.error(`step ${step}: ${samples.at(-1)?.residentMB} MiB`);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const settled = samples.find(({ step }) => step >= settledStep)?.residentMB ?? NaN;
  const resident = samples.map(({ residentMB }) => residentMB);
  return {
    name: "soak",
    machine: { cpu: cpus()[0]?.model, cores: threads, loadBefore, node: process.versions.node },
    steps: total,
    seconds: round((performance.now() - started) / 1000),
    settledMB: settled,
    lastMB: resident.at(-1),
    largestMB: Math.max(...resident),
    /** Ratios of the resident set: the last sample over the settled one, and the largest. */
    growth: round((resident.at(-1) ?? NaN) / settled - 1),
    largestGrowth: round(Math.max(...resident) / settled - 1),
    samples,
  };
}

function sampleAt(step: number): Sample {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  return {
    step,
    residentMB: mebibytes(rss),
    heapMB: mebibytes(heapUsed),
    arraysMB: mebibytes(arrayBuffers),
  };
}
