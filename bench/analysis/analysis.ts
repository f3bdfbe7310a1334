/**
 * What reading and analysing a long run of a 14-billion-parameter model's rank-1 adapter takes, and what its
 * principal components take beside scikit-learn's.
 *
 * Every contestant is a process of its own. For the components they take turns, so that a passing load on the
 * machine hits them alike; the median is given, for scikit-learn of its fastest setting.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import {
  analyzeSchema,
  loadedSchema,
  pcaSchema,
  trajectoriesSchema,
  type AnalysisRequest,
  type SklearnSetting,
} from "./analysisMessages.js";
import { runShape, writeAnalysisRun } from "./analysisRun.js";
import { askOnce } from "./askOnce.js";
import { growth } from "./growth.js";
import { projectedAnalysis } from "./projectedAnalysis.js";
import { machineBefore } from "../harness/machine.js";
import { LineProcess } from "../harness/lineProcess.js";
import { manyAdaptersShapes, writeManyAdaptersRun } from "../../test/support/training/manyAdaptersRun.js";
import { peakSchema } from "../engine/messages.js";
import { findPython } from "../harness/python.js";
import { median, round } from "../harness/statistics.js";

const components = 10;
const steps = 2000;
const shortSteps = 800;
const rounds = 5;
/** Solvers that take less than a minute at this shape; float64 can be faster, for want of conversions. */
const settings: readonly SklearnSetting[] = (["arpack", "randomized"] as const).flatMap((solver) =>
  (["float32", "float64"] as const).map((dtype) => ({ solver, dtype })),
);

/** Result of one contestant on principal components. */
interface PcaCase {
  readonly contestant: string;
  /** Median times: wall-clock time, and that of all the processor's cores together. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMB: number;
  /**
   * Largest difference to Turncoat's shares of the variance, and to its scores of the last row in units of the first.
   */
  readonly difference: { readonly ratio: number; readonly score: number };
}

/**
 * Times principal components, reading and analysis.
 * @param chosen parts to run, of which "directions" or "growth" can be run alone. @default all but "growth"
 * @param drawing file that the growth is drawn into, as SVG. @default none
 */
export async function analysisBench(chosen?: readonly string[], drawing?: string): Promise<object> {
  const machineOf = machineBefore();
  const python = findPython(["numpy", "sklearn"]);
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  try {
    if (chosen?.join() === "growth") return { growth: await growth(folder, drawing) };
    if (chosen?.join() === "directions") return { directions: await projectedAnalysis(folder) };
    const path = join(folder, "B.float32");
    const [long, short] = [join(folder, "long"), join(folder, "short")];
    console.error(`writing ${steps} and ${shortSteps} checkpoints`);
    writeFileSync(path, writeAnalysisRun(long, steps, 1));
    writeAnalysisRun(short, shortSteps, 2);
    const cases = await pcaCases(path, "interpreter" in python ? python.interpreter : undefined);
    const [turncoat, ...peers] = cases;
    const [fastest] = [...peers].sort((one, other) => one.seconds - other.seconds);
    return {
      machine: {
        ...machineOf(),
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        ...("versions" in python ? python.versions : {}),
      },
      pca: {
        shape: [steps, runShape.outFeatures],
        components,
        cases,
        fastestPeer: fastest?.contestant ?? null,
        /** Ratio of the fastest peer's time to Turncoat's: above 1, Turncoat is faster. */
        ratio:
          fastest === undefined || turncoat === undefined ? null : round(fastest.seconds / turncoat.seconds),
        skipped: "reason" in python ? python.reason : null,
      },
      trajectories: await askOnce({ request: "trajectories", directory: short }, trajectoriesSchema),
      analyze: {
        checkpoints: steps,
        ...(await askOnce({ request: "analyze", directory: long }, analyzeSchema)),
      },
      manyAdapters: await manyAdapters(join(folder, "many")),
      directions: await projectedAnalysis(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const manySteps = 25;

/** A run whose every projection is adapted: the first look, and the second, for which its products were kept. */
async function manyAdapters(directory: string): Promise<object> {
  console.error(`writing ${manySteps + 1} checkpoints of 210 adapters`);
  writeManyAdaptersRun(directory, manyAdaptersShapes.smollm2, {
    steps: manySteps,
    seed: 3,
    bend: { step: 12, layers: [10, 14] },
  });
  const look = () => askOnce({ request: "analyze", directory }, analyzeSchema);
  return { checkpoints: manySteps + 1, adapters: 210, rank: 32, first: await look(), second: await look() };
}

/** Process of a contestant, its times, and its last result. */
interface Contestant {
  readonly process: LineProcess;
  readonly setting: SklearnSetting | undefined;
  readonly seconds: number[];
  readonly cpuSeconds: number[];
  found: { readonly ratio: readonly number[]; readonly lastScore: readonly number[] };
}

async function pcaCases(path: string, interpreter: string | undefined): Promise<PcaCase[]> {
  const contestant = (process: LineProcess, setting?: SklearnSetting): Contestant => ({
    process,
    setting,
    seconds: [],
    cpuSeconds: [],
    found: { ratio: [], lastScore: [] },
  });
  const turncoat = contestant(new LineProcess("turncoat", "analysis/analysisWorker.ts"));
  const peers = (interpreter === undefined ? [] : settings).map((setting) =>
    contestant(new LineProcess(`sklearn ${setting.solver} ${setting.dtype}`, "pca.py", interpreter), setting),
  );
  const contestants = [turncoat, ...peers];
  try {
    for (const { process, setting } of contestants) {
      const request: AnalysisRequest = { request: "load", path, dimension: runShape.outFeatures };
      await process.ask(setting === undefined ? request : { ...request, setting }, loadedSchema);
    }
    const request: AnalysisRequest = { request: "pca", components };
    // The first round compiles and warms up, and is not counted.
    for (let turn = 0; turn <= rounds; turn++) {
      for (const each of contestants) {
        const { seconds, cpuSeconds, ...found } = await each.process.ask(request, pcaSchema);
        if (turn > 0) {
          each.seconds.push(seconds);
          each.cpuSeconds.push(cpuSeconds);
        }
        each.found = found;
      }
    }
    const cases: PcaCase[] = [];
    for (const { process, seconds, cpuSeconds, found } of contestants) {
      const peak: AnalysisRequest = { request: "peak" };
      const { peakMB } = await process.ask(peak, peakSchema);
      const ratio = largestDifference(found.ratio, turncoat.found.ratio);
      const score = largestDifference(found.lastScore, turncoat.found.lastScore);
      cases.push({
        contestant: process.label,
        seconds: round(median(seconds)),
        cpuSeconds: round(median(cpuSeconds)),
        peakMB,
        difference: { ratio, score: score / Math.max(...turncoat.found.lastScore) },
      });
      console.error(`  ${process.label}: ${round(median(seconds))} s`);
    }
    return cases;
  } finally {
    for (const { process } of contestants) process.stop();
  }
}

function largestDifference(left: readonly number[], right: readonly number[]): number {
  return Math.max(...left.map((value, index) => Math.abs(value - (right[index] ?? NaN))));
}
