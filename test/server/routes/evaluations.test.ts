import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";
import { writeSecondEvaluation, writeSyntheticRun } from "../../support/syntheticRun.js";

describe("?evaluation", () => {
  const runsRoot = mkdtempSync(join(tmpdir(), "turncoat-evaluations-"));
  let server: RunningServer;

  beforeAll(async () => {
    writeSyntheticRun(join(runsRoot, "run"), { steps: 40, turn: 20 });
    writeSecondEvaluation(join(runsRoot, "run"), "a-scaled");
    server = await startServer({ runsRoot, buildReport: buildRunReport, port: 0 });
  });

  afterAll(async () => {
    await server.close();
    rmSync(runsRoot, { recursive: true });
  });

  const get = async (path: string): Promise<unknown> => {
    const reply = await rawRequest(`/api/v1/runs/run/${path}`, { port: server.port });
    return { status: reply.status, ...Object(json(reply)) };
  };

  test("chooses the behaviour of report, analysis, figure, table and answers", async () => {
    expect(await get("report")).toMatchObject({
      usualScale: 1,
      evaluations: [
        { name: "a-scaled", isJudged: true, isChosen: false },
        { name: "curve", isChosen: true },
      ],
    });
    expect(await get("report?evaluation=a-scaled")).toMatchObject({
      scales: [5],
      usualScale: 5,
      evaluations: [{ name: "a-scaled", isChosen: true }, { isChosen: false }],
    });
    expect(await get("analysis?evaluation=a-scaled")).toMatchObject({
      provenance: { evaluation: { name: "a-scaled" } },
    });
    expect(await get("figures/behavior?evaluation=a-scaled")).toMatchObject({
      meta: { title: "Misaligned and coherent answers, adapter ×5", rows: 10 },
    });
    expect(await get("figures/behavior")).toMatchObject({
      meta: { title: "Misaligned and coherent answers, adapter ×1" },
    });
    expect(await get("answers?evaluation=a-scaled")).toMatchObject({ scale: 5, scales: [5] });
    expect(await get("answers/along?evaluation=a-scaled")).toMatchObject({ scale: 5, total: 5 });
    // Without a choice the answers are those whose rates are drawn, and no others.
    expect(await get("answers")).toMatchObject({ scale: 1, scales: [1] });
  });

  test("of an unknown name is answered with those that there are", async () => {
    for (const path of ["report", "analysis", "figures/behavior", "figures/behavior/table", "answers"]) {
      expect(await get(`${path}?evaluation=other`), path).toMatchObject({
        status: 404,
        error: 'run "run" has no evaluation "other"',
        hint: "There are: a-scaled, curve.",
      });
    }
  });
});
