/** Process in which Turncoat decomposes, reads and analyses; see `analysisMessages.ts`. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { leadingComponents } from "../../src/analysis/geometry/leadingComponents.js";
import type { WholeUpdate } from "../../src/analysis/geometry/whole/wholeUpdate.js";
import { toJson } from "../../src/analysis/toJson.js";
import { directionTrajectory, type DirectionTrajectory } from "../../src/analysis/geometry/trajectory.js";
import { messageOf } from "../../src/errors.js";
import { analyzeRun } from "../../src/pipeline/report/analyzeRun.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { ArrayPool } from "../../src/tensor/arrayPool.js";
import { createEngine } from "../../src/tensor/engine.js";
import type { Engine } from "../../src/tensor/program.js";
import { analysisRequestSchema, type AnalysisRequest, type LocalCosines } from "./analysisMessages.js";

let trajectory: DirectionTrajectory | undefined;
let engine: Engine | undefined;
const arrays = new ArrayPool(256 * 2 ** 20);

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(analysisRequestSchema.parse(JSON.parse(line)))));
  } catch (cause) {
    console.log(JSON.stringify({ error: messageOf(cause) }));
  }
}

async function answer(message: AnalysisRequest): Promise<object> {
  switch (message.request) {
    case "load": {
      const bytes = readFileSync(message.path);
      const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      const count = numbers.length / message.dimension;
      const vectors = Array.from({ length: count }, (_, row) =>
        numbers.slice(row * message.dimension, (row + 1) * message.dimension),
      );
      trajectory = directionTrajectory("benchmark", [...vectors.keys()], vectors);
      engine = await createEngine();
      return {};
    }
    case "pca": {
      const [loaded, running] = [trajectory, engine];
      if (loaded === undefined || running === undefined) throw new Error("no trajectory was loaded");
      return timed(async () => {
        const { explainedVarianceRatio, scores } = await leadingComponents(loaded, {
          components: message.components,
          engine: running,
          arrays,
        });
        return { ratio: explainedVarianceRatio, lastScore: (scores.at(-1) ?? []).map(Math.abs) };
      });
    }
    case "trajectories":
      return timed(() => {
        const { adapters } = readTrajectories(openRun(message.directory));
        return { checkpoints: adapters[0]?.steps.length ?? 0 };
      });
    case "analyze":
      return timed(async () => {
        const { analysis } = await analyzeRun(message.directory, { products: message.products });
        const json = JSON.stringify(toJson(analysis));
        const transitions = analysis.transitions.map(({ indicator, step }) => `${indicator} ${step}`);
        return { jsonMB: json.length / 1e6, transitions, whole: localCosinesOf(analysis.whole) };
      });
    case "peak":
      // maxRSS is in KiB.
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

function localCosinesOf(whole: WholeUpdate | null): LocalCosines | null {
  if (whole === null) return null;
  const windows = Object.keys(whole.path.localCosine);
  const finite = (values: readonly number[] = []): (number | null)[] =>
    values.map((value) => (Number.isFinite(value) ? value : null));
  return {
    values: windows.flatMap((k) => finite(whole.path.localCosine[k]?.values)),
    errors:
      whole.localCosineError === null ? null : windows.flatMap((k) => finite(whole.localCosineError?.[k])),
  };
}

async function timed(work: () => object | Promise<object>): Promise<object> {
  const started = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ...result, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}
