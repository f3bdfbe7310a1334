/** How soon the command line answers: the time from starting the built program to its end, for commands that compute nothing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/pipeline/packageRoot.js";
import { machineBefore } from "../harness/machine.js";
import { median, round } from "../harness/statistics.js";

/** Rounds in which all command lines take turns, after some that are not counted. */
const rounds = { counted: 15, dropped: 2 };

/** Arguments of Node in each case; `node` is the floor: Node itself, with nothing to do. */
function cases(program: string): Readonly<Record<string, readonly string[]>> {
  return {
    node: ["-e", "0"],
    help: [program, "--help"],
    trainHelp: [program, "train", "--help"],
    unknownCommand: [program, "analyse"],
    recipes: [program, "recipes"],
  };
}

/** Measures how long command lines take from start to end, in turns. Seconds; median and smallest over rounds. */
export function startupBench(): object {
  const program = join(packageRoot(), "dist", "cli", "main.js");
  if (!existsSync(program)) throw new Error(`${program}: expected the built program; npm run build makes it`);
  const machine = machineBefore();
  const lines = Object.entries(cases(program));
  const seconds = new Map(lines.map(([name]) => [name, new Array<number>()]));
  for (let index = -rounds.dropped; index < rounds.counted; index++) {
    for (const [name, words] of lines) {
      const started = performance.now();
      spawnSync(process.execPath, words, { stdio: "ignore" });
      if (index >= 0) seconds.get(name)?.push((performance.now() - started) / 1000);
    }
  }
  const results = [...seconds].map(([name, all]) => ({
    name,
    seconds: round(median(all)),
    smallest: round(Math.min(...all)),
  }));
  return { machine: machine(), rounds: rounds.counted, results };
}
