import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../src/tensor/random.js";
import { scenarios, type Scenario } from "./scenarios.js";
import { cli, turncoat, type Ended } from "./seedRun.js";
import { differences, snapshotOf, type Snapshot } from "./snapshot.js";

/** What came of the kills of one command. */
export interface KillRow {
  readonly command: string;
  readonly kills: number;
  readonly trials: number;
  /** Trials after which some half-written file was left beside the others. */
  readonly leftOver: number;
  readonly failures: readonly string[];
}

/** How much is killed. */
interface KillPlan {
  readonly kills: number;
  readonly random: Random;
  readonly until: number;
  readonly commands: readonly string[];
}

/** A command's reference: what it leaves behind undisturbed, and how long that took in milliseconds. */
interface Reference {
  readonly snapshot: Snapshot;
  readonly took: number;
}

/**
 * Kills every writing command at random instants, does what its user would do, and compares what is there in the end
 * with what an undisturbed run leaves, byte by byte.
 * @param kills of all commands together
 * @param until stops there, by `performance.now()`
 * @param commands names of those to kill; empty for all
 */
export async function killCampaign(
  seedRun: string,
  work: string,
  { kills, random, until, commands }: KillPlan,
): Promise<KillRow[]> {
  const chosen = scenarios.filter(({ name }) => commands.length === 0 || commands.includes(name));
  if (chosen.length === 0)
    throw new Error(`--commands: expected some of ${scenarios.map(({ name }) => name).join(", ")}`);
  const rows = chosen.map(({ name }) => {
    const failures: string[] = [];
    return { command: name, kills: 0, trials: 0, leftOver: 0, failures };
  });
  const references = new Map<string, Reference>();
  const total = (): number => rows.reduce((sum, row) => sum + row.kills, 0);
  for (let round = 0; total() < kills && performance.now() < until; round++) {
    for (const [index, scenario] of chosen.entries()) {
      const row = rows[index];
      if (row === undefined || total() >= kills || performance.now() > until) continue;
      const known = references.get(scenario.name) ?? (await referenceOf(scenario, seedRun, work));
      references.set(scenario.name, known);
      const folder = freshFolder(work, `${scenario.name}-${round}`);
      scenario.prepare(folder, seedRun);
      const trial = await killedTrial(scenario, folder, known, random);
      row.kills += trial.kills;
      row.trials++;
      row.leftOver += trial.leftOver ? 1 : 0;
      if (trial.failure === null) rmSync(folder, { recursive: true });
      else row.failures.push(`${folder}: ${trial.failure}`);
      process.stderr.write(
        `${scenario.name}: ${row.kills} kills in ${row.trials} trials, ${row.failures.length} failures; ${total()} of ${kills} kills\n`,
      );
    }
  }
  return rows;
}

function freshFolder(work: string, name: string): string {
  const folder = join(work, name.replaceAll(/[^\w-]+/g, "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function referenceOf(
  { name, prepare, command }: Scenario,
  seed: string,
  work: string,
): Promise<Reference> {
  const snapshots: Snapshot[] = [];
  let took = 0;
  for (const which of ["one", "other"]) {
    const folder = freshFolder(work, `${name}-${which}`);
    prepare(folder, seed);
    const began = performance.now();
    const { code, said } = await turncoat(command.split(" "), folder);
    took = performance.now() - began;
    if (code !== 0) throw new Error(`${command}: ${said}`);
    snapshots.push(snapshotOf(folder));
    rmSync(folder, { recursive: true });
  }
  const [one, other] = snapshots;
  if (one === undefined || other === undefined) throw new TypeError("expected two references");
  const { differing } = differences(one, other);
  if (differing.length > 0)
    throw new Error(`${command}: two undisturbed runs differ: ${differing.join("; ")}`);
  return { snapshot: one, took };
}

async function killedTrial(
  { command, again = [command] }: Scenario,
  folder: string,
  { snapshot, took }: Reference,
  random: Random,
): Promise<{ readonly kills: number; readonly leftOver: boolean; readonly failure: string | null }> {
  const wanted = 1 + random.integer(4);
  let kills = 0;
  // One that was never killed may end; then the trial is over.
  let isOver = false;
  for (let count = 0; count < wanted && !isOver; count++) {
    const words = count === 0 ? command : (again[0] ?? command);
    const wasKilled = await killedAfter(words, folder, took * (0.15 + 0.85 * random.uniform()));
    if (wasKilled) kills++;
    else isOver = count === 0 || words === command;
  }
  const said: string[] = [];
  let code: Ended["code"] = isOver ? 0 : null;
  for (const words of again) {
    if (code === 0) break;
    const ended = await turncoat(words.split(" "), folder);
    code = ended.code;
    said.push(`turncoat ${words}: ${ended.said.trim().split("\n").slice(-2).join(" / ")}`);
  }
  if (code !== 0) return { kills, leftOver: false, failure: `a dead end: ${said.join("; ")}` };
  const { differing, leftOver } = differences(snapshot, snapshotOf(folder));
  return {
    kills,
    leftOver: leftOver.length > 0,
    failure: differing.length === 0 ? null : differing.slice(0, 5).join("; "),
  };
}

/** Starts a command and kills it; false where it had ended before. */
async function killedAfter(command: string, folder: string, milliseconds: number): Promise<boolean> {
  const child = spawn(process.execPath, [cli, ...command.split(" ")], { cwd: folder, stdio: "ignore" });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_, signal) => resolve(signal)),
  );
  const stop = new AbortController();
  await Promise.race([ended, delay(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined)]);
  stop.abort();
  child.kill("SIGKILL");
  return (await ended) === "SIGKILL";
}
