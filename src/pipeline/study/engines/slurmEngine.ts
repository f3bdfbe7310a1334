import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { orNull, TurncoatError } from "../../../errors.js";
import { readJson, readText } from "../../../formats/json.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { writing } from "../../../tensor/systemFaults.js";
import { readStudyFaults } from "../studyFaults.js";
import { readStudy } from "../studyFile.js";
import { makeStudyFolder, studyFolder } from "../studyPlan.js";
import type { StudyEvents } from "../studyWork.js";
import { runsFile, slurmScript } from "./slurmScript.js";
import type { StudyEngine } from "./studyEngine.js";
import type { StudyTask } from "./studyTask.js";

/** Options of the engine on SLURM. */
export interface SlurmEngineOptions {
  /** Words that start Turncoat on a node. */
  readonly program: readonly string[];
  /** Options of `sbatch`, such as `--partition=gpu`. @default none */
  readonly sbatch?: readonly string[];
  /** True to print the script and submit nothing. */
  readonly isPrintedAlone: boolean;
  /** False to submit and not wait. */
  readonly isWaitedFor: boolean;
  readonly print: (text: string) => void;
  /** Milliseconds between two looks at the queue. @default 10 000 */
  readonly look?: number;
}

/** An array of jobs that was submitted. */
const arraySchema = z.object({ job: z.string().min(1), runs: z.array(z.string()) });
interface JobArray extends z.infer<typeof arraySchema> {
  readonly folder: string;
}

/** Most jobs of one array: SLURM's own limit where nobody has set another. */
const longestArray = 1000;
/** Times that runs are submitted whose jobs ended without a word. */
const mostRounds = 3;
const arrayFile = "job.json";

/**
 * Engine that hands runs out to SLURM, as arrays of jobs of one run each. Their scripts, logs and ends lie in the hidden folder
 * beside the runs, so that the same command follows the arrays of one before that are still in the queue.
 */
export function slurmEngine(options: SlurmEngineOptions): StudyEngine {
  const { program, sbatch = [], look = 10_000 } = options;
  return {
    async run(tasks, events) {
      const [first] = tasks;
      if (first === undefined) return { status: "finished", faults: [] };
      const runsRoot = resolve(readStudy(first.study).runsRoot);
      const root = join(runsRoot, studyFolder, "slurm");
      if (options.isPrintedAlone) {
        const folder = join(root, "0");
        options.print(slurmScript({ ...{ tasks: tasks.slice(0, longestArray), folder, program, sbatch } }));
        return { status: "submitted", faults: [] };
      }
      makeStudyFolder(runsRoot);
      const wanted = new Map(tasks.map((task) => [task.run, task]));
      const faults: string[] = [];
      for (let round = 0; round < mostRounds && wanted.size > 0; round++) {
        const arrays = await arraysInQueue(root);
        const known = new Set(arrays.flatMap(({ runs }) => runs));
        const missing = [...wanted.values()].filter(({ run }) => !known.has(run));
        for (let from = 0; from < missing.length; from += longestArray) {
          const part = missing.slice(from, from + longestArray);
          arrays.push(await submit(part, { root, program, sbatch }, events));
        }
        if (!options.isWaitedFor) return { status: "submitted", faults };
        if ((await follow(arrays, look, events)) === "interrupted") return { status: "interrupted", faults };
        for (const array of arrays) takeIn(array, { wanted, runsRoot, faults, events });
      }
      for (const { run } of wanted.values())
        faults.push(`${run}: its job ended without a word, ${mostRounds} times`);
      return { status: "finished", faults };
    },
  };
}

/** Arrays of jobs that were submitted before and are still in SLURM's queue. */
async function arraysInQueue(root: string): Promise<JobArray[]> {
  const folders = existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  const arrays = folders.flatMap((folder): JobArray[] => {
    const array = orNull(() => readJson(join(folder, arrayFile), arraySchema));
    return array === null ? [] : [{ ...array, folder }];
  });
  const queued: JobArray[] = [];
  for (const array of arrays) if ((await jobsLeft(array.job)) !== 0) queued.push(array);
  return queued;
}

async function submit(
  tasks: readonly StudyTask[],
  { root, program, sbatch }: { root: string; program: readonly string[]; sbatch: readonly string[] },
  events: StudyEvents,
): Promise<JobArray> {
  const numbers = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  const folder = join(root, String(Math.max(-1, ...numbers) + 1));
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  const runs = tasks.map(({ run }) => run);
  const script = join(folder, "job.sh");
  writeFileWhole(join(folder, runsFile), `${runs.join("\n")}\n`);
  writeFileWhole(script, slurmScript({ tasks, folder, program, sbatch }));
  const { status, output, words } = await command("sbatch", ["--parsable", script], dirname(script));
  const job = output.trim().split(";")[0] ?? "";
  if (status !== 0 || job === "") {
    throw new TurncoatError(`sbatch: ${words.trim().split("\n").at(-1) ?? ""}`, {
      hint: `The script is ${script}.`,
    });
  }
  writeFileWhole(join(folder, arrayFile), `${JSON.stringify({ job, runs }, null, 2)}\n`);
  events.onNote?.(`submitted ${runs.length} runs as job ${job}; logs in ${folder}`);
  return { job, runs, folder };
}

/** Waits until no job of the arrays is in the queue. */
async function follow(
  arrays: readonly JobArray[],
  look: number,
  { signal, onNote }: StudyEvents,
): Promise<"over" | "interrupted"> {
  const left = new Set(arrays.map(({ job }) => job));
  while (left.size > 0) {
    for (const job of left) if ((await jobsLeft(job)) === 0) left.delete(job);
    if (left.size === 0) break;
    // Being told to end is told by the signal below.
    await sleep(look, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    if (signal?.aborted === true) {
      onNote?.(`the jobs go on; "scancel ${[...left].join(" ")}" ends them`);
      return "interrupted";
    }
  }
  return "over";
}

/** Takes out of the runs that are wanted those of an array that are over; what ended without a word stays. */
function takeIn(
  { folder, runs }: JobArray,
  to: {
    readonly wanted: Map<string, StudyTask>;
    readonly runsRoot: string;
    readonly faults: string[];
    readonly events: StudyEvents;
  },
): void {
  const kept = readStudyFaults(to.runsRoot);
  for (const [index, run] of runs.entries()) {
    const path = join(folder, `${index}.status`);
    if (!existsSync(path) || !to.wanted.delete(run)) continue;
    const status = readText(path).trim();
    if (status !== "0") {
      const log = join(folder, `${index}.log`);
      const message = kept.get(run)?.message ?? `${run}: its job ended with status ${status}; see ${log}`;
      to.faults.push(message);
      to.events.onNote?.(`failed: ${message}`);
    }
    to.events.onRunEnd?.(run);
  }
}

/** Number of jobs of an array in SLURM's queue; null where it does not say now. */
async function jobsLeft(job: string): Promise<number | null> {
  const words = ["--noheader", "--array", `--jobs=${job}`, "--format=%i"];
  const { status, output, words: said } = await command("squeue", words);
  // A job that ended a while ago is not known any more.
  if (status !== 0) return /invalid job id/i.test(said) ? 0 : null;
  return output.split("\n").filter((line) => line.trim() !== "").length;
}

/** Runs a command of SLURM. @throws TurncoatError where there is none */
function command(
  name: string,
  words: readonly string[],
  folder?: string,
): Promise<{ readonly status: number; readonly output: string; readonly words: string }> {
  return new Promise((settle, reject) => {
    execFile(
      name,
      [...words],
      { ...(folder === undefined ? {} : { cwd: folder }) },
      (error, output, said) => {
        if (error?.code === "ENOENT") {
          reject(
            new TurncoatError(`${name}: expected SLURM on this machine, found no such command`, {
              hint: "Run this where jobs are submitted, or look at the script with --print.",
            }),
          );
          return;
        }
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        settle({ status, output, words: said });
      },
    );
  });
}
