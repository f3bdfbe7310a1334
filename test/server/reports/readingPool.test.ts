import { appendFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ReadingPool } from "../../../src/server/reports/readingPool.js";
import { BadRequest } from "../../../src/server/requestErrors.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const pools: ReadingPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

function poolWith(options: ConstructorParameters<typeof ReadingPool>[0] = {}): ReadingPool {
  const pool = new ReadingPool({ longest: 60_000, ...options });
  pools.push(pool);
  return pool;
}

function runIn(folder: string, name: string): string {
  const run = join(folder, name);
  writeSyntheticRun(run, { steps: 12, turn: 6 });
  return run;
}

test("A process reads what this one would", async () => {
  const directory = runIn(temporaryFolder(), "run");
  const pool = poolWith();
  const { runId } = await pool.read("config", { directory }, [directory]);
  expect(runId).toBe("synthetic");
  const answers = await pool.read("answers", { directory, query: {} }, [directory]);
  expect(answers.steps.at(-1)).toBe(12);
  const note = { step: 3, text: "here", writtenAt: "2026-01-01T00:00:00.000Z" };
  expect(await pool.read("addNote", { directory, note }, [directory])).toEqual({
    notes: [{ ...note, id: 0 }],
    total: 1,
  });
  expect(await pool.read("removeNote", { directory, id: 7 }, [directory])).toBeNull();
});

test("A refusal keeps its words, and whose fault it is", async () => {
  const directory = runIn(temporaryFolder(), "run");
  const pool = poolWith();
  appendFileSync(join(directory, "run.json"), "}");
  await expect(pool.read("config", { directory }, [directory])).rejects.toThrow(/run\.json: expected JSON/);
  const question = {
    question: "Why?",
    step: 0,
    scale: 1,
    withBase: true,
    answers: 1,
    temperature: 1,
    seed: 0,
  };
  const steering = { direction: "B", layer: 99, kind: "add", strength: 1 } as const;
  const asked = pool.read("asked", { directory, given: {}, question: { ...question, steering } }, [
    directory,
  ]);
  await expect(asked).rejects.toThrow();
  expect(await asked.catch((error: unknown) => error instanceof BadRequest)).toBe(false);
});

test("A reading that takes too long is ended, others go on, and it begins again only once the run has changed", async () => {
  const folder = temporaryFolder();
  const [slow, other] = [runIn(folder, "slow"), runIn(folder, "other")];
  const pool = poolWith({ longest: 1, patience: 60_000 });
  const reading = (directory: string): Promise<unknown> => pool.read("summary", { directory }, [directory]);
  await expect(reading(slow)).rejects.toThrow(`${slow}: reading it takes longer than`);
  await expect(reading(slow)).rejects.toThrow(`${slow}: reading it takes longer than`);
  const patient = poolWith();
  const summaries = await Promise.all(
    [slow, other].map((directory) => patient.read("summary", { directory }, [directory])),
  );
  expect(summaries.map(({ curve }) => curve.steps.at(-1))).toEqual([12, 12]);
});

test("A process follows no link out of the folder of runs", async () => {
  const folder = temporaryFolder();
  const directory = runIn(join(folder, "runs"), "linked");
  writeFileSync(join(folder, "outside.jsonl"), '{"secret": 1}\n');
  symlinkSync(join(folder, "outside.jsonl"), join(directory, "notes.jsonl"));
  const pool = poolWith({ runsRoot: join(folder, "runs") });
  await expect(pool.read("notes", { directory }, [directory])).rejects.toThrow("a link that leads out of");
});

test("Of very many notes the first are sent, with how many there are", async () => {
  const directory = runIn(temporaryFolder(), "run");
  const line = (id: number): string =>
    JSON.stringify({ id, step: id, text: "note", writtenAt: "2026-01-01T00:00:00.000Z" });
  writeFileSync(
    join(directory, "notes.jsonl"),
    Array.from({ length: 6000 }, (_, id) => `${line(id)}\n`).join(""),
  );
  const { notes, total } = await poolWith().read("notes", { directory }, [directory]);
  expect([notes.length, notes.at(-1)?.step, total]).toEqual([5000, 4999, 6000]);
});
