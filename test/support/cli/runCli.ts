import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { freshBuild } from "./freshBuild.js";

/** Output of a command line, and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = join(import.meta.dirname, "..", "..", "..");

/** Address of the loader that runs TypeScript, for `node --import` in any folder. */
export const typescriptLoader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Words after `node` that start the command line: as it was built, where no source is newer, which is twice as quick. */
const startingWords =
  freshBuild() !== ""
    ? [join(root, "dist", "cli", "main.js")]
    : ["--import", typescriptLoader, join(root, "src", "cli", "main.ts")];

/**
 * Starts `turncoat` as a process of its own, in the repository's root where no folder is given. It is what was built,
 * or the sources where they have changed since.
 */
export function startCli(
  words: readonly string[],
  environment: Record<string, string> = {},
  folder = root,
): ChildProcess {
  return spawn(process.execPath, [...startingWords, ...words], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `turncoat` to its end. */
export function runCli(
  words: readonly string[],
  environment: Record<string, string> = {},
  folder = root,
): Promise<CliResult> {
  return collect(startCli(words, environment, folder));
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
