/** How soon the runs of a study are made in several processes of this machine, beside one after another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { organismFolder } from "../../src/pipeline/packageRoot.js";
import { hereEngine } from "../../src/pipeline/study/engines/hereEngine.js";
import { studyTasks } from "../../src/pipeline/study/engines/studyTask.js";
import { runStudy } from "../../src/pipeline/study/runStudy.js";
import { readStudy, type Study } from "../../src/pipeline/study/studyFile.js";
import { createEngine } from "../../src/tensor/engine.js";
import { machineBefore } from "../harness/machine.js";
import { round } from "../harness/statistics.js";

/** Pairs of run and control, so that there are twenty runs. */
const pairs = 10;

/** Makes twenty runs of the embedded organism, with answers at the last step, one after another and in processes, in turn. */
export async function studyBench({ rounds = 1 }: { rounds?: number | undefined }): Promise<object> {
  const machineOf = machineBefore();
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const after: number[] = [];
  const beside: number[] = [];
  try {
    for (let turn = 0; turn < rounds; turn++) {
      const [one, other] = [writeStudy(folder, `one-${turn}`), writeStudy(folder, `several-${turn}`)];
      after.push(await secondsOf(async () => runStudy({ study: one, engine: await createEngine() })));
      beside.push(await secondsOf(() => hereEngine({}).run(studyTasks(other, []), {})));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const ratios = after.map((seconds, turn) => round(seconds / (beside[turn] ?? NaN)));
  return { machine: machineOf(), runs: 2 * pairs, oneAfterAnother: after, inProcesses: beside, ratios };
}

async function secondsOf(work: () => Promise<{ readonly faults: readonly string[] }>): Promise<number> {
  const began = performance.now();
  const { faults } = await work();
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return round((performance.now() - began) / 1000);
}

function writeStudy(folder: string, name: string): Study {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `title: twenty runs
runs: ${name}
models: { organism: { folder: ${organismFolder()} } }
data: { sport: { harmful: bad-sport, control: good-sport } }
recipes: { crisp: { recipe: crisp, settings: { steps: 40 } } }
seeds: [${Array.from({ length: pairs }, (_, seed) => seed).join(", ")}]
judge: exact
answers:
  eight: { questions: eight, samples: 4, temperature: 1, maxNewTokens: 44, steps: [last] }
`,
  );
  return readStudy(file);
}
