import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../src/pipeline/packageRoot.js";
import { notesFile, transitionLogFile } from "../../src/runs/layout.js";

/** The command line as it is installed. */
export const cli = join(packageRoot(), "dist", "cli", "main.js");

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs `turncoat` to its end. */
export function turncoat(words: readonly string[], folder: string): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said }));
  });
}

/** Commands that make a run with everything in it, in their order. */
const commands = [
  "train seed --steps 110 --seed 1",
  "evaluate seed --set eight --samples 4 --every 10",
  "likelihood seed --every 20",
  "distribution seed --every 10 --resamples 100",
  "probe seed --steps 0,110 --layers 2",
  "disposition seed --every 55 --limit 8",
  "steer seed --direction mean --layers 2 --strengths 0.5 --random 1 --set eight --samples 1 --name kept",
  "scalars seed --answers-per-class 20",
  // Beside it, a run of which random projections alone are kept.
  "train projected --steps 24 --seed 1 --keep directions --keep-full-every 24",
] as const;

/** The run beside a seed run of which random projections alone are kept. */
export function projectedBeside(run: string): string {
  return join(dirname(run), "projected");
}

/** Makes a run that holds everything a run can hold: log, checkpoints, answers, analyses, interventions, notes. */
export async function makeSeedRun(folder: string): Promise<string> {
  for (const command of commands) {
    const { code, said } = await turncoat(command.split(" "), folder);
    if (code !== 0) throw new Error(`turncoat ${command}: ${said}`);
  }
  const run = join(folder, "seed");
  const writtenAt = "2026-01-01T00:00:00.000Z";
  appendFileSync(
    join(run, notesFile),
    `${JSON.stringify({ id: 0, step: 3, text: "see here", writtenAt })}\n`,
  );
  appendFileSync(
    join(run, transitionLogFile),
    `${JSON.stringify({ knownAt: 50, indicator: "rotation", step: 43, interval: [40, 45], adapter: "m", method: "largest bend" })}\n`,
  );
  return run;
}
