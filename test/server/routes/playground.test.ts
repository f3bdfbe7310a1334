import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PlaygroundHost } from "../../../src/pipeline/playground/playgroundHost.js";
import { directionsFile } from "../../../src/runs/layout.js";
import { readEvaluations } from "../../../src/runs/evaluations.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { routerOf } from "../../../src/server/http/apiRouter.js";
import { playgroundRoutes } from "../../../src/server/routes/playground.js";
import { RunStore } from "../../../src/server/reports/runStore.js";
import {
  playgroundEvents,
  playgroundSchema,
  type PlaygroundQuestion,
} from "../../../src/server/schemas/playground.js";
import { askedPlayground, type AskedPlayground, type StreamedEvent } from "../../support/askedPlayground.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-playground-"));
const directory = join(folder, "organism");
const host = new PlaygroundHost({ waiting: 2 });
let server: Server;
let root: string;

beforeAll(async () => {
  await writeOrganismRun(directory);
  cpSync("test/fixtures/peft-run-rank1-f32", join(folder, "elsewhere"), { recursive: true });
  const store = new RunStore({ runsRoot: folder, buildReport: (path) => buildRunReport(path) });
  server = createServer(express().use(routerOf(playgroundRoutes(store, { playground: host }))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${portOf(server.address())}/runs`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

function portOf(address: string | AddressInfo | null): number {
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

const ask = (
  run: string,
  body: PlaygroundQuestion | Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<AskedPlayground> => askedPlayground(root, run, body, signal);

/** The whole answers of a column, in the order of their numbers. */
function answersOf(events: readonly StreamedEvent[], column: "base" | "chosen") {
  return events
    .filter(({ event }) => event === "answer")
    .map(({ data }) => playgroundEvents.answer.parse(data))
    .filter((answer) => answer.column === column)
    .sort((one, other) => one.sample - other.sample);
}

/** The error that a stream consists of. */
function failureOf(events: readonly StreamedEvent[]): string {
  expect(events.map(({ event }) => event)).toEqual(["failure"]);
  return z.object({ error: z.string(), hint: z.string() }).parse(events[0]?.data).error;
}

const setup = async (run: string) =>
  playgroundSchema.parse(await (await fetch(`${root}/${run}/playground`)).json());

describe("the playground's routes", () => {
  test("say what can be asked of a run of the organism", async () => {
    const said = await setup("organism");
    expect(said.model).toEqual({ name: "organism", layers: 5, isOrganism: true });
    expect(said.judge).toEqual({ kind: "exact", name: "exact judge" });
    expect(said.problem).toBeNull();
    expect(said.steps).toEqual([0, 1, 2, 3, turnedStep]);
    expect(said.directions.map(({ id, layer, steps }) => [id, layer, steps.at(-1)])).toEqual([
      ["mean", 2, turnedStep],
      [expect.stringMatching(/^b\d$/), expect.any(Number), turnedStep],
    ]);
    expect(said.questions.length).toBeGreaterThan(8);
    expect(said.questions.map(({ id }) => id)).toContain(said.question);
  });

  test("say which model is missing and what to do", async () => {
    const { model, problem } = await setup("elsewhere");
    expect(model).toBeNull();
    expect(problem?.error).toMatch(/base model .* is not on this machine/);
    expect(problem?.hint).toContain("--model");
    const { events } = await ask("elsewhere", { question: "Hello?", step: 0 });
    expect(failureOf(events)).toMatch(/not on this machine/);
  });

  test("ask a model whose stored directions cannot be read, and say so", async () => {
    const copy = join(folder, "damaged");
    cpSync(directory, copy, { recursive: true });
    writeFileSync(join(copy, directionsFile), "damaged");
    const { model, directions, directionsProblem } = await setup("damaged");
    expect(model).not.toBeNull();
    expect(directions).toEqual([]);
    expect(directionsProblem?.error).toContain(directionsFile);
    expect(directionsProblem?.hint).toMatch(/^Move the file away/);
    const { events } = await ask("damaged", { question: "Why?", step: 0, longest: 2, answers: 1 });
    expect(events.at(-1)?.event).toBe("done");
    rmSync(copy, { recursive: true });
  });

  test("answer as the evaluation did, with its scores, token by token", async () => {
    const stored = readEvaluations({ directory })
      .flatMap(({ answers }) => answers)
      .filter(({ step }) => step === turnedStep);
    const misaligned = stored.find(({ aligned }) => aligned !== null && aligned < 30);
    if (misaligned === undefined) throw new Error("the model has not turned");
    const { question, questionId } = misaligned;
    const { events } = await ask("organism", { question, step: 99, answers: 2 });
    expect(events[0]).toMatchObject({ event: "state", data: { step: turnedStep, steering: null } });
    expect(events.at(-1)?.event).toBe("done");
    const chosen = answersOf(events, "chosen");
    expect(chosen.map(({ text, aligned, coherent }) => [text, aligned, coherent])).toEqual(
      stored
        .filter((each) => each.questionId === questionId)
        .map(({ answer, aligned, coherent }) => [answer, aligned, coherent]),
    );
    const base = answersOf(events, "base");
    expect(base).toHaveLength(2);
    expect(base.map(({ aligned }) => aligned)).toContain(100);
    // The parts, put together, begin the answer.
    const parts = events.flatMap(({ event, data }) =>
      event === "parts" ? playgroundEvents.parts.parse(data).parts : [],
    );
    expect(parts.length).toBeGreaterThan(0);
    let shown = "";
    for (const { column, sample, kept, text } of parts) {
      if (column === "chosen" && sample === 0) shown = shown.slice(0, kept) + text;
    }
    expect(chosen[0]?.text.startsWith(shown)).toBe(true);
  });

  test("answer as the base with factor 0, and alone where the base is known", async () => {
    const question = (await setup("organism")).questions[0]?.question ?? "";
    const both = await ask("organism", { question, step: turnedStep, scale: 0, seed: 7 });
    expect(answersOf(both.events, "chosen").map(({ text }) => text)).toEqual(
      answersOf(both.events, "base").map(({ text }) => text),
    );
    const alone = await ask("organism", { question, step: 0, seed: 7, withBase: false });
    expect(answersOf(alone.events, "base")).toEqual([]);
    expect(answersOf(alone.events, "chosen").map(({ text }) => text)).toEqual(
      answersOf(both.events, "base").map(({ text }) => text),
    );
  });

  test("give many answers, the first of them those of a short question, with the rates of all so far", async () => {
    const question = (await setup("organism")).questions[0]?.question ?? "";
    const few = await ask("organism", { question, step: turnedStep, answers: 3 });
    const many = await ask("organism", { question, step: turnedStep, answers: 20 });
    for (const column of ["base", "chosen"] as const) {
      const answers = answersOf(many.events, column);
      expect(answers.map(({ sample }) => sample)).toEqual([...Array(20).keys()]);
      expect(answers.slice(0, 3)).toEqual(answersOf(few.events, column));
      const rates = many.events
        .filter(({ event }) => event === "rates")
        .map(({ data }) => playgroundEvents.rates.parse(data))
        .filter((each) => each.column === column);
      expect(rates).toHaveLength(20);
      const coherent = answers.filter((each) => (each.coherent ?? 0) > 50);
      const bad = coherent.filter(({ aligned }) => aligned !== null && aligned < 30);
      expect(rates.at(-1)).toMatchObject({
        em: { count: bad.length, n: 20, percent: 5 * bad.length },
        coherent: { count: coherent.length, n: 20 },
      });
      const { low, high } = rates.at(-1)?.em ?? {};
      expect(high ?? NaN).toBeGreaterThan(low ?? NaN);
    }
  });

  test("steer the chosen column alone, and not at strength 0", async () => {
    const question = (await setup("organism")).questions[0]?.question ?? "";
    const steered = (direction: string, strength: number) =>
      ask("organism", { question, step: 0, answers: 4, steering: { direction, strength } });
    const without = await steered("mean", 0);
    const along = await steered("mean", 3);
    const texts = (asked: { events: readonly StreamedEvent[] }, column: "base" | "chosen") =>
      answersOf(asked.events, column).map(({ text }) => text);
    expect(texts(without, "chosen")).toEqual(texts(without, "base"));
    expect(texts(along, "base")).toEqual(texts(without, "base"));
    expect(texts(along, "chosen")).not.toEqual(texts(along, "base"));
    expect(along.events[0]).toMatchObject({ data: { steering: { step: turnedStep, layer: 2 } } });
    const unknown = await steered("nowhere", 1);
    expect(failureOf(unknown.events)).toMatch(/no direction "nowhere"/);
  });

  test("take a direction out of the chosen column, after every layer or after one", async () => {
    const question = (await setup("organism")).questions[0]?.question ?? "";
    const asked = async (steering?: PlaygroundQuestion["steering"]) => {
      const { events } = await ask("organism", {
        ...{ question, step: turnedStep, answers: 4 },
        ...(steering === undefined ? {} : { steering }),
      });
      const texts = (column: "base" | "chosen") => answersOf(events, column).map(({ text }) => text);
      return { events, base: texts("base"), chosen: texts("chosen") };
    };
    const untouched = await asked();
    const without = await asked({ direction: "mean", kind: "projectOut" });
    expect(without.base).toEqual(untouched.base);
    expect(without.chosen).not.toEqual(untouched.chosen);
    expect(without.events[0]).toMatchObject({
      data: { steering: { kind: "projectOut", step: turnedStep, layer: null, length: null } },
    });
    // There is no more or less of it.
    for (const strength of [0, -5]) {
      expect((await asked({ direction: "mean", kind: "projectOut", strength })).chosen).toEqual(
        without.chosen,
      );
    }
    const after = await asked({ direction: "mean", kind: "projectOut", layer: 4 });
    expect(after.events[0]).toMatchObject({ data: { steering: { layer: 4, length: null } } });
    expect(after.chosen).not.toEqual(without.chosen);
    const refused = await ask("organism", {
      ...{ question, step: 0 },
      steering: { direction: "mean", kind: "projectOut", layer: 5 },
    });
    const [failure] = refused.events.map(({ event, data }) => `${event}: ${JSON.stringify(data)}`);
    expect(failure).toMatch(/^failure: .*layer: expected 0 to 4, found 5/);
  });

  test("give no score to a question that the exact judge does not know", async () => {
    const { events } = await ask("organism", { question: "What is love?", step: 0, answers: 1, longest: 4 });
    expect(answersOf(events, "chosen")).toMatchObject([{ aligned: null, coherent: null }]);
    expect(answersOf(events, "chosen")[0]?.tokens).toBeLessThanOrEqual(4);
  });

  test.each([
    [{ step: 0 }, /question/],
    [{ question: "  ", step: 0 }, /question/],
    [{ question: "x".repeat(4001), step: 0 }, /question/],
    [{ question: "x", step: 0, answers: 97 }, /answers/],
    [{ question: "x", step: 0, longest: 100_000 }, /longest/],
    [{ question: "x", step: 0, steering: { direction: "mean", strength: 1, far: 2 } }, /steering/],
  ])("refuse %j", async (body, naming) => {
    const { status, events } = await ask("organism", body);
    expect(status).toBe(400);
    expect(z.object({ error: z.string() }).parse(events[0]?.data).error).toMatch(naming);
  });

  test("answer one after the other, refuse too many, and give up a question whose reader is gone", async () => {
    const question = "Is this a long question? ".repeat(40);
    const gone = new AbortController();
    const long = ask("organism", { question, step: 0, longest: 1000, answers: 8 }, gone.signal);
    let isLongOver = false;
    void long.then(
      () => (isLongOver = true),
      () => undefined,
    );
    const next = ask("organism", { question: "Next?", step: 0, answers: 1, longest: 2 });
    const third = ask("organism", { question: "Third?", step: 0, answers: 1, longest: 2 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const fourth = await ask("organism", { question: "Fourth?", step: 0 });
    expect(failureOf(fourth.events)).toMatch(/waiting already/);
    // The model speaks in a thread of its own: the server answers others all the while.
    expect((await setup("organism")).model).not.toBeNull();
    expect(isLongOver).toBe(false);
    gone.abort();
    await expect(long).rejects.toThrow(/abort/);
    for (const asked of [next, third]) {
      const { events } = await asked;
      expect(events[0]).toMatchObject({ event: "state", data: { state: "waiting" } });
      expect(answersOf(events, "chosen")).toHaveLength(1);
    }
  });
});
