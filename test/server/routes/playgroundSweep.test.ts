import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PlaygroundHost } from "../../../src/pipeline/playground/playgroundHost.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { routerOf } from "../../../src/server/http/apiRouter.js";
import { RunStore } from "../../../src/server/reports/runStore.js";
import { playgroundRoutes } from "../../../src/server/routes/playground.js";
import { sweepEvents, type SweepQuestion } from "../../../src/server/schemas/playgroundSweep.js";
import { askedPlayground, streamedEvents, type AskedPlayground } from "../../support/askedPlayground.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-sweep-"));
const host = new PlaygroundHost();
let server: Server;
let root: string;

beforeAll(async () => {
  await writeOrganismRun(join(folder, "organism"));
  cpSync("test/fixtures/tiny-qwen2/adapter-rank1", join(folder, "other", "checkpoint-1"), {
    recursive: true,
  });
  const store = new RunStore({ runsRoot: folder, buildReport: (path) => buildRunReport(path) });
  const options = { playground: host, baseModel: "test/fixtures/tiny-qwen2" };
  server = createServer(express().use(routerOf(playgroundRoutes(store, options))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  root = `http://127.0.0.1:${address.port}/runs`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const sweep = (
  body: SweepQuestion | Readonly<Record<string, unknown>>,
  { run = "organism", signal }: { readonly run?: string; readonly signal?: AbortSignal } = {},
): Promise<AskedPlayground> => streamedEvents(`${root}/${run}/playground/sweep`, body, signal);

function pointsOf({ events }: AskedPlayground) {
  return events.filter(({ event }) => event === "point").map(({ data }) => sweepEvents.point.parse(data));
}

describe("the route of sweeps", () => {
  test("tells what it plans, each point with its intervals, and what moved", async () => {
    const swept = await sweep({
      ...{ step: turnedStep, answers: 24, strengths: [2, 0, -2] },
      steering: { direction: "mean" },
    });
    const planned = sweepEvents.planned.parse(swept.events[0]?.data);
    expect(planned).toMatchObject({ step: turnedStep, points: 5, layer: 2, directions: 3 });
    expect(planned.answers).toBeGreaterThanOrEqual(12);
    const points = pointsOf(swept);
    expect(points.map(({ kind, strength }) => [kind, strength])).toEqual([
      ["untouched", 0],
      ["intervention", 2],
      ["random", 2],
      ["intervention", -2],
      ["random", -2],
    ]);
    for (const { em, coherent } of points) {
      for (const { percent, low, high, n } of [em, coherent]) {
        expect(n).toBe(planned.answers);
        expect([low ?? NaN, percent ?? NaN, high ?? NaN]).toEqual(
          [low, percent, high].map(Number).toSorted((one, other) => one - other),
        );
        expect(Number(high) - Number(low)).toBeGreaterThan(1);
      }
    }
    const last = swept.events.at(-1);
    expect(last?.event).toBe("swept");
    const { sentences } = sweepEvents.swept.parse(last?.data);
    expect(sentences[0]).toMatch(/^(EM moved|Nothing moved|EM differs)/);
    const progress = swept.events
      .filter(({ event }) => event === "progress")
      .map(({ data }) => sweepEvents.progress.parse(data));
    expect(progress).toHaveLength(5 * planned.questions);
    expect(progress.at(-1)).toEqual({ done: 5 * planned.answers, total: 5 * planned.answers });
  });

  test("takes a direction out: with, without, and without random ones", async () => {
    const swept = await sweep({
      ...{ step: turnedStep, answers: 24 },
      steering: { direction: "mean", kind: "projectOut" },
    });
    expect(sweepEvents.planned.parse(swept.events[0]?.data)).toMatchObject({ length: null, layer: null });
    expect(pointsOf(swept).map(({ kind, strength }) => [kind, strength])).toEqual([
      ["untouched", null],
      ["intervention", null],
      ["random", null],
    ]);
  });

  test("goes over the factor on the adapter, from the base to beyond the checkpoint", async () => {
    const swept = await sweep({ step: turnedStep, answers: 24, over: "factor", strengths: [0, 1, 2, 2] });
    expect(sweepEvents.planned.parse(swept.events[0]?.data)).toMatchObject({
      ...{ points: 3, directions: 0, length: null, layer: null },
    });
    const points = pointsOf(swept);
    expect(points.map(({ kind, strength }) => [kind, strength])).toEqual([
      ["untouched", 1],
      ["intervention", 0],
      ["intervention", 2],
    ]);
    // The base is not misaligned, and the checkpoint has turned.
    const [trained, base] = points.map(({ em }) => em);
    expect(base?.percent).toBeLessThan(trained?.low ?? NaN);
    const { sentences } = sweepEvents.swept.parse(swept.events.at(-1)?.data);
    expect(sentences[0]).toContain("“base model”");
  });

  test("says that nothing moved where the model is not changed", async () => {
    const swept = await sweep({
      ...{ step: 0, answers: 24, strengths: [0.000001] },
      steering: { direction: "mean" },
    });
    const [untouched, ...others] = pointsOf(swept);
    for (const point of others) {
      expect([point.em, point.coherent]).toEqual([untouched?.em, untouched?.coherent]);
    }
    const { sentences } = sweepEvents.swept.parse(swept.events.at(-1)?.data);
    expect(sentences[0]).toMatch(/^Nothing moved: EM does not differ surely/);
  });

  test("gives way: a question is answered between two tasks, and waits for nobody", async () => {
    const stop = new AbortController();
    const swept = sweep(
      { step: turnedStep, answers: 96, steering: { direction: "mean" }, strengths: [1, 2, 3, 4, 5, 6, 7, 8] },
      { signal: stop.signal },
    );
    let isOver = false;
    void swept.then(
      () => (isOver = true),
      () => undefined,
    );
    const { events } = await askedPlayground(root, "organism", { question: "Hello?", step: 0, longest: 4 });
    expect(events[0]).toMatchObject({ event: "state", data: { ahead: 0 } });
    expect(events.at(-1)?.event).toBe("done");
    expect(isOver).toBe(false);
    // It is over with its reader, and others have their turn.
    stop.abort();
    await expect(swept).rejects.toThrow(/abort/);
    for (let time = 0; time < 3; time++) {
      const next = await sweep({ step: 0, answers: 1, strengths: [1], steering: { direction: "mean" } });
      expect(next.events.at(-1)?.event).toBe("swept");
    }
  });

  test("refuses more than two at a time", async () => {
    const stop = new AbortController();
    const body = { step: turnedStep, answers: 96, steering: { direction: "mean" } };
    const both = [1, 2].map(() => sweep(body, { signal: stop.signal }));
    await expect
      .poll(() =>
        sweep(body, { signal: AbortSignal.timeout(300) }).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(503);
    stop.abort();
    for (const each of both) await expect(each).rejects.toThrow(/abort/);
  });

  test.each([
    [{ step: 0 }, /steering/],
    [{ step: 0, over: "factor", steering: { direction: "mean" } }, /steering/],
    [{ step: 0, steering: { direction: "mean", strength: 2 } }, /steering/],
    [{ step: 0, steering: { direction: "mean" }, strengths: [] }, /strengths/],
    [{ step: 0, steering: { direction: "mean" }, answers: 1000 }, /answers/],
  ])("refuses %j", async (body, naming) => {
    const { status, events } = await sweep(body);
    expect(status).toBe(400);
    expect(z.object({ error: z.string() }).parse(events[0]?.data).error).toMatch(naming);
  });

  test.each([
    ["organism", { direction: "nowhere" }, /no direction "nowhere"/],
    ["organism", { direction: "mean", layer: 5 }, /layer: expected 0 to 4/],
    ["other", { direction: "b0" }, /nobody judges/],
  ])("says why there is none for %s, %j", async (run, steering, reason) => {
    const { events } = await sweep({ step: 0, steering }, { run });
    expect(events.map(({ event }) => event)).toEqual(["failure"]);
    expect(z.object({ error: z.string() }).parse(events[0]?.data).error).toMatch(reason);
  });
});
