import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { trainerStateFile } from "../../../src/runs/layout.js";
import { liveEvents, liveStateSchema } from "../../../src/server/schemas/live.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { GrowingRun } from "../../support/growingRun.js";
import { readEventBlocks, type EventBlocks } from "../../support/eventBlocks.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A reader of events that keeps them, and has each checked. */
class Reader {
  readonly told: Told[] = [];
  readonly headers: EventBlocks["headers"];
  readonly close: () => void;

  constructor(url: string, lastEventId?: string) {
    const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    ({ headers: this.headers, close: this.close } = readEventBlocks(
      url,
      (block) => this.#take(block),
      headers,
    ));
  }

  names(): string[] {
    return this.told.map(({ event }) => event);
  }

  #take(block: string): void {
    const field = (name: string): string =>
      block
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2) ?? "";
    if (field("event") === "") return;
    const event = z.enum(["step", "behavior", "transition", "status", "resync"]).parse(field("event"));
    const data: unknown = JSON.parse(field("data"));
    expect(liveEvents[event].safeParse(data).error).toBeUndefined();
    this.told.push({ event, id: field("id"), data: z.record(z.string(), z.unknown()).parse(data) });
  }
}

const containing = (text: string): unknown => expect.stringContaining(text);

describe("the events of a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-events-"));
  const readers: Reader[] = [];
  let server: RunningServer;
  let run: GrowingRun;
  const read = (lastEventId?: string): Reader => {
    const reader = new Reader(`${server.url}api/v1/runs/growing/events`, lastEventId);
    readers.push(reader);
    return reader;
  };
  const until = (condition: () => boolean) => expect.poll(condition, { interval: 20 }).toBe(true);

  beforeAll(async () => {
    run = new GrowingRun(join(folder, "growing"), 50);
    run.grow(3);
    server = await startServer({ runsRoot: folder, buildReport: buildRunReport, port: 0, mostReaders: 6 });
  });

  afterAll(async () => {
    for (const reader of readers) reader.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("begin with where the run is, uncompressed and not to be transformed", async () => {
    const reader = read();
    await until(() => reader.told.length === 1);
    expect(await reader.headers).toMatchObject({
      status: 200,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": containing("no-transform"),
    });
    expect(await reader.headers).not.toHaveProperty("content-encoding");
    expect(reader.told[0]).toMatchObject({
      event: "resync",
      data: { reason: "start", state: { status: "running", step: 3, planned: 50, checkpoints: 4 } },
    });
    reader.close();
  });

  test("tell new steps, answers, alerts and the end as they are written", async () => {
    const reader = read();
    await until(() => reader.told.length === 1);
    run.grow(1);
    await until(() => reader.names().includes("step"));
    await until(() => reader.told.some(({ data }) => data.checkpoint === 4 && data.logged === 4));
    run.evaluate();
    const fired = run.alert(2);
    await until(() => reader.names().includes("transition") && reader.names().includes("behavior"));
    expect(reader.told.find(({ event }) => event === "transition")?.data).toEqual({
      ...fired,
      words: "direction of B turns",
    });
    const list = await rawRequest("/api/v1/runs", { port: server.port });
    expect(json(list)).toMatchObject({ runs: [{ id: "growing", alerts: 1 }] });
    const answers = reader.told
      .filter(({ event }) => event === "behavior")
      .map(({ data }) => Number(data.answers));
    expect(answers.reduce((sum, count) => sum + count, 0)).toBe(16);
    reader.close();
  });

  test("go on where a reader left off, or say that they cannot", async () => {
    const first = read();
    await until(() => first.told.length === 1);
    const last = first.told[0]?.id;
    first.close();
    for (let count = 0; count < 3; count++) {
      run.grow(1);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const again = read(last);
    await until(() => again.told.some(({ data }) => data.step === run.step && data.checkpoint === run.step));
    expect(again.names()).not.toContain("resync");
    const ids = again.told.map(({ id }) => Number(id.split(".")[1]));
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    expect(ids[0]).toBe(Number(last?.split(".")[1]) + 1);
    again.close();
    for (const unknown of ["00000000.1", "x", "00000000.99999999"]) {
      const lost = read(unknown);
      await until(() => lost.told.length === 1);
      expect(lost.told[0]).toMatchObject({
        event: "resync",
        data: { reason: "missed", state: { step: run.step } },
      });
      lost.close();
    }
  });

  test("say when a file was replaced by a shorter one", async () => {
    const reader = read();
    await until(() => reader.told.length === 1);
    const path = join(run.directory, "evaluations", "curve.jsonl");
    expect(existsSync(path)).toBe(true);
    writeFileSync(path, "");
    await until(() => reader.told.length > 1);
    expect(reader.told.at(-1)).toMatchObject({
      event: "resync",
      data: { reason: "replaced", what: containing("evaluations/curve.jsonl") },
    });
    const before = reader.told.length;
    writeFileSync(join(run.directory, trainerStateFile), '{"global_step": 1, "log_history": []}');
    await until(() => reader.told.length > before);
    expect(reader.told.at(-1)?.data).toMatchObject({
      what: containing(trainerStateFile),
    });
    reader.close();
  });

  test("are one watch for all readers, of whom there are not too many", async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const six = Array.from({ length: 6 }, () => read());
    await until(() => six.every(({ told }) => told.length === 1));
    const reply = await rawRequest("/api/v1/runs/growing/events", { port: server.port });
    expect([reply.status, reply.headers["retry-after"]]).toEqual([503, "10"]);
    run.finish();
    await until(() => six.every((reader) => reader.names().includes("status")));
    for (const reader of six) {
      expect(reader.told.filter(({ event }) => event === "status")).toMatchObject([
        { data: { status: "finished" } },
      ]);
      expect(reader.told.map(({ id }) => id)).toEqual(six[0]?.told.map(({ id }) => id));
      reader.close();
    }
  });

  test("can be asked for instead, and are none of a run that is not there", async () => {
    const state = liveStateSchema.parse(
      json(await rawRequest("/api/v1/runs/growing/live", { port: server.port })),
    );
    expect(state).toMatchObject({
      status: "finished",
      checkpoints: run.step + 1,
      transitions: [{ indicator: "rotation" }],
    });
    expect((await rawRequest("/api/v1/runs/nope/events", { port: server.port })).status).toBe(404);
    mkdirSync(join(folder, "other"));
    expect((await rawRequest("/api/v1/runs/other/events", { port: server.port })).status).toBe(404);
  });
});
