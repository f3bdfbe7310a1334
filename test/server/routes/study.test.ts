import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { planFile } from "../../../src/pipeline/study/studyPlan.js";
import { trainingLockFile } from "../../../src/runs/layout.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { reportSchema } from "../../../src/server/schemas/report.js";
import { runsSchema } from "../../../src/server/schemas/runs.js";
import { studySchema, type ServedStudy } from "../../../src/server/schemas/study.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";
import { plannedStudy, writePlan, writePlannedStudy } from "../../support/study/plannedStudy.js";

describe("the served study", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-study-"));
  const runsRoot = join(folder, "runs");
  let server: RunningServer;

  beforeAll(async () => {
    mkdirSync(runsRoot);
    writePlannedStudy(runsRoot);
    server = await startServer({ runsRoot, buildReport: buildRunReport, port: 0 });
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (path = "study") => rawRequest(`/api/v1/${path}`, { port: server.port });
  const read = async (): Promise<ServedStudy> => studySchema.parse(json(await ask()));
  /** Asks until everything is analysed, as the page does. */
  const whole = async (): Promise<ServedStudy> => {
    for (;;) {
      const study = await read();
      if (study.counts.pending === 0) return study;
    }
  };
  const refusal = async (): Promise<{ readonly status: number; readonly body: string }> => {
    const { status, body } = await ask();
    return { status, body };
  };

  test("has every run with its state, and its numbers once they are known", async () => {
    const study = await whole();
    expect(study).toMatchObject({
      title: "A small study",
      seeds: [0, 1, 2],
      counts: { runs: 6, done: 2, atWork: 0, failed: 1, pending: 0 },
    });
    expect(study.headline).toMatch(
      /^2 of 6 runs are finished \(1 failed\)\. The direction turns in 1 of 1 harmful runs \(of 1 it cannot be told /,
    );
    const [row] = study.rows;
    expect(row?.title).toBe("small · medical · short");
    const [made, failed, missing] = row?.pairs ?? [];
    expect(made?.harmful).toMatchObject({ state: "done", words: "measured", isThere: true, trouble: null });
    // As the run's own page says it.
    const { sentences } = reportSchema.parse(json(await ask("runs/small-seed0/report")));
    const { name, sentence } = made?.againstControl ?? {};
    expect(name).toBe("cannotTell");
    expect(sentences.some((each) => sentence !== undefined && each.includes(sentence))).toBe(true);
    const place = study.quantities.findIndex(({ id }) => id === "em");
    expect(made?.harmful.numbers[place]?.estimate?.value).toBeGreaterThan(
      made?.control.numbers[place]?.estimate?.value ?? NaN,
    );
    expect(failed?.harmful).toMatchObject({
      ...{ state: "failed", isThere: false },
      trouble: { why: "models/small: expected weights, found none", fix: "Fetch them.", worker: "machine/7" },
    });
    expect(missing?.control).toMatchObject({
      state: "missing",
      trouble: null,
      numbers: study.quantities.map(() => null),
    });
    // One seed has no interval, and an effect of one seed cannot be told.
    expect(row?.means.harmful[place]).toMatchObject({ n: 1, low: null, high: null });
    expect(study.effects.rows.find(({ quantity }) => quantity.id === "em")).toMatchObject({
      ...{ factor: "answers", from: "control", to: "harmful answers", seeds: 1, low: null },
      verdict: { name: "cannotTell" },
    });
  });

  test("says who is at work on a run, and of one whose worker has died that it was interrupted", async () => {
    const lock = join(runsRoot, trainingLockFile("small-seed2"));
    writeFileSync(lock, `${JSON.stringify({ pid: process.ppid, host: hostname(), beat: 30_000 })}\n`);
    const state = async () => (await read()).rows[0]?.pairs[2]?.harmful;
    expect(await state()).toMatchObject({
      state: "training",
      work: [{ what: "training", worker: `${hostname()}/${process.ppid}` }],
    });
    // Nobody of that number is there.
    writeFileSync(lock, `${JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() })}\n`);
    expect(await state()).toMatchObject({ state: "missing", work: [] });
    // Of another machine signs of life count alone; looking leaves nothing behind.
    writeFileSync(lock, `${JSON.stringify({ pid: 1, host: "elsewhere", beat: 30_000 })}\n`);
    const before = readdirSync(runsRoot);
    expect((await state())?.work).toMatchObject([{ worker: "elsewhere/1" }]);
    expect(readdirSync(runsRoot)).toEqual(before);
    rmSync(lock);
  });

  test("refuses a plan that leads out of the folder, or is none, in one line", async () => {
    const plan = plannedStudy([0]);
    const [pair] = plan.pairs;
    const file = join(runsRoot, planFile);
    for (const harmful of ["../elsewhere", "/etc", "..", "a/b", ".hidden"]) {
      writeFileSync(file, JSON.stringify({ ...plan, pairs: [{ ...pair, harmful }] }));
      const { status, body } = await refusal();
      expect(status).toBe(422);
      expect(body).toContain("pairs[0].harmful: expected the name of a folder beside the plan's, not a path");
      expect(body).not.toContain("\\n");
    }
    writeFileSync(file, "{ damaged");
    const damaged = await refusal();
    expect(damaged.status).toBe(422);
    expect(damaged.body).toContain("expected JSON");
    rmSync(file);
    writeFileSync(join(folder, "secret.json"), JSON.stringify({ ...plan, title: "secret" }));
    symlinkSync(join(folder, "secret.json"), file);
    const { body } = await refusal();
    expect(body).toContain("a link that leads out of");
    expect(body).not.toContain("secret title");
    rmSync(file);
    writePlan(runsRoot, plannedStudy([0, 1, 2]));
  });

  test("reads no run that a link leads to", async () => {
    renameSync(join(runsRoot, "small-seed0"), join(folder, "outside"));
    symlinkSync(join(folder, "outside"), join(runsRoot, "small-seed0"));
    const { rows } = await read();
    expect(rows[0]?.pairs[0]?.harmful).toMatchObject({ state: "missing", isThere: false });
    rmSync(join(runsRoot, "small-seed0"));
    renameSync(join(folder, "outside"), join(runsRoot, "small-seed0"));
  });

  test("is offered where the runs are a study's, and only there", async () => {
    const isStudy = async () => runsSchema.parse(json(await ask("runs"))).isStudy;
    expect(await isStudy()).toBe(true);
    rmSync(join(runsRoot, planFile));
    expect(existsSync(join(runsRoot, ".study"))).toBe(true);
    expect(await isStudy()).toBe(false);
    expect((await ask()).status).toBe(404);
  });
});
