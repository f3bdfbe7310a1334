import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { figureSchema } from "../../../src/server/schemas/figures.js";
import { reportSchema } from "../../../src/server/schemas/report.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/rawRequest.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

describe("the served report of a run with a control", () => {
  const runsRoot = mkdtempSync(join(tmpdir(), "turncoat-control-"));
  let server: RunningServer;

  beforeAll(async () => {
    // Turns where the run does; turns only after the last step.
    writeSyntheticRun(join(runsRoot, "alike"));
    writeSyntheticRun(join(runsRoot, "later"), { turn: 90 });
    for (const control of ["alike", "later"]) {
      const run = join(runsRoot, `against-${control}`);
      writeSyntheticRun(run);
      const file = join(run, "run.json");
      writeFileSync(file, JSON.stringify({ ...readManifest(file), control }));
    }
    server = await startServer({ runsRoot, buildReport: buildRunReport, port: 0 });
  });

  afterAll(async () => {
    await server.close();
    rmSync(runsRoot, { recursive: true });
  });

  const get = async (path: string): Promise<unknown> =>
    json(await rawRequest(`/api/v1/runs/${path}`, { port: server.port }));
  const sentencesOf = async (run: string): Promise<string> =>
    reportSchema.parse(await get(`${run}/report`)).sentences.join("\n");
  const figureOf = async (run: string, id: string) => figureSchema.parse(await get(`${run}/figures/${id}`));

  test("has the verdicts in the sentences on the turns", async () => {
    expect(await sentencesOf("against-alike")).toMatch(
      /^The direction of B turns by .* Shared with the control: the control alike bends there by /m,
    );
    expect(await sentencesOf("against-later")).toMatch(
      /^Behaviour turns at step 30 .* Specific: the control later has its rate rise by, /m,
    );
  });

  test("has the control's curves in its figures, and the difference as one", async () => {
    const curvesOf = async (id: string): Promise<unknown[]> =>
      (await figureOf("against-alike", id)).data.map(({ name }) => name);
    expect(await curvesOf("norms")).toContain("‖B‖, control");
    expect(await curvesOf("local-cosine")).toContain("control, k = 5");
    const { meta } = await figureOf("against-alike", "control-difference");
    expect(meta.title).toBe("Local cosine similarity, run less control");
  });
});
