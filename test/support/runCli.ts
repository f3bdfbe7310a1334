import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

/** Output of a command line, and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = join(import.meta.dirname, "..", "..");

/** Starts `turncoat` from its sources, as a process of its own. */
export function startCli(words: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", join(root, "src", "cli", "main.ts"), ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `turncoat` to its end. */
export function runCli(
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<CliResult> {
  return collect(startCli(words, environment));
}

/** Waits for a process and gathers what it prints. */
export function collect(child: ChildProcess): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
