import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Random } from "../../src/tensor/random.js";
import type { KillRow } from "./kills.js";
import { ask, serveRuns } from "./servedRuns.js";

const notesSchema = z.object({ notes: z.array(z.object({ text: z.string() })) });
/** Longest time for which notes are written before the server is killed, in milliseconds. */
const longest = 1500;

/**
 * Kills a server while notes are written: every note that was answered must be there afterwards, at most one more, and
 * another must find its place.
 */
export async function killedNotes(
  seedRun: string,
  work: string,
  { trials, random, until }: { readonly trials: number; readonly random: Random; readonly until: number },
): Promise<KillRow> {
  const failures: string[] = [];
  let kills = 0;
  const root = join(work, "notes");
  rmSync(root, { recursive: true, force: true });
  cpSync(seedRun, join(root, "run"), { recursive: true });
  rmSync(join(root, "run", "notes.jsonl"), { force: true });
  const answered: string[] = [];
  for (let trial = 0; trial < trials && performance.now() < until; trial++) {
    const server = await serveRuns(root);
    const notes = new URL("runs/run/notes", server.api);
    const before = textsIn((await ask(notes)).body);
    const lost = answered.filter((text) => !before.includes(text));
    if (lost.length > 0) failures.push(`${lost.length} notes were lost: ${lost.slice(0, 3).join(", ")}`);
    if (before.length > answered.length + trial)
      failures.push(`${before.length} notes of ${answered.length}`);
    const killing = delay(random.uniform() * longest).then(() => server.process.kill("SIGKILL"));
    for (let number = 0; ; number++) {
      const text = `${trial}/${number}`;
      const { status } = await ask(notes, { json: { step: number % 100, text } });
      if (status !== 200) break;
      answered.push(text);
    }
    await killing;
    await server.ended;
    kills++;
  }
  process.stderr.write(
    `serve, notes: ${kills} kills, ${answered.length} notes, ${failures.length} failures\n`,
  );
  return { command: "serve, while notes are written", kills, trials: kills, leftOver: 0, failures };
}

function textsIn(body: string): string[] {
  return notesSchema.parse(JSON.parse(body)).notes.map(({ text }) => text);
}
