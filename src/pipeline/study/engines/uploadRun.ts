import { exec } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, TurncoatError } from "../../../errors.js";
import { readText } from "../../../formats/json.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { makeStudyFolder } from "../studyPlan.js";

/**
 * Runs a shell command with the folder of a finished run in `TURNCOAT_RUN`. A hidden file beside the runs says what was taken
 * elsewhere: the same command is not run again until something in the run is new.
 * @throws TurncoatError with the last line that the command wrote to standard error, where it fails
 */
export async function uploadRun(directory: string, command: string): Promise<void> {
  const folder = resolve(directory);
  const marker = join(makeStudyFolder(dirname(folder)), "uploaded", basename(folder));
  const state = stateOf(folder, command);
  if (existsSync(marker) && readText(marker) === state) return;
  const wrong = await new Promise<string | null>((settle) => {
    exec(command, { env: { ...process.env, TURNCOAT_RUN: folder } }, (error, _, words) =>
      settle(error === null ? null : (lastLine(words) ?? messageOf(error))),
    );
  });
  if (wrong !== null) {
    throw new TurncoatError(`${directory}: upload: ${wrong}`, {
      hint: "The run itself is finished; the same command tries the upload again.",
    });
  }
  writeFileWhole(marker, state);
}

/** Identifies a command and the files of a run, by their names, sizes and times. */
function stateOf(folder: string, command: string): string {
  const hash = createHash("sha256").update(command);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    // Locks and caches are hidden.
    if (name.startsWith(".")) continue;
    const { size, mtimeMs } = statSync(join(folder, name));
    hash.update(`\n${name} ${size} ${mtimeMs}`);
  }
  return `${hash.digest("hex")}\n`;
}

function lastLine(words: string): string | undefined {
  return words.split("\n").findLast((line) => line.trim() !== "");
}
