import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { comparisonSchema } from "../../../src/server/schemas/compare.js";
import { figureSchema } from "../../../src/server/schemas/figures.js";
import { reportSchema } from "../../../src/server/schemas/report.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";
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
  const sentencesOf = async (run: string, query = ""): Promise<string> =>
    reportSchema.parse(await get(`${run}/report${query}`)).sentences.join("\n");
  const figureOf = async (run: string, id: string, query = "") =>
    figureSchema.parse(await get(`${run}/figures/${id}${query}`));

  test("has the verdicts in the sentences on the turns", async () => {
    expect(await sentencesOf("against-alike")).toMatch(
      /^The direction of B turns by .* Shared with the control: the path bends there by .* in the control alike, /m,
    );
    expect(await sentencesOf("against-later")).toMatch(
      /^Behaviour turns at step 30 .* Specific: the rate rises by .* in the run and .* in the control later\./m,
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

  test("is held against another run, or none, where ?control says so, each kept apart", async () => {
    for (let time = 0; time < 2; time++) {
      expect(await sentencesOf("against-alike", "?control=later")).toContain("the control later");
      expect(await sentencesOf("against-alike", "?control=none")).not.toContain("the control ");
      expect(await sentencesOf("against-alike")).toContain("the control alike");
    }
    const caption = (await figureOf("against-alike", "norms", "?control=later")).meta.caption;
    expect(caption).toContain("Grey curves: the control later.");
    const path = "against-alike/figures/control-difference";
    expect(await get(`${path}/table?control=later`)).not.toEqual(await get(`${path}/table`));
    expect(await get(`${path}?control=none`)).toHaveProperty("error");
  });

  test("is held against no run that is not shown, though it lies beside the one that is", async () => {
    const alone = await startServer({
      runsRoot: join(runsRoot, "against-alike"),
      buildReport: buildRunReport,
      port: 0,
    });
    try {
      const { sentences } = reportSchema.parse(
        await json(await rawRequest("/api/v1/runs/against-alike/report", { port: alone.port })),
      );
      expect(sentences.join("\n")).toContain("Without a control run");
      expect(sentences.join("\n")).not.toContain("the control alike");
    } finally {
      await alone.close();
    }
  });

  test("is made again when the chosen control changes", async () => {
    writeSyntheticRun(join(runsRoot, "changing"));
    const before = await sentencesOf("against-later", "?control=changing");
    rmSync(join(runsRoot, "changing"), { recursive: true });
    writeSyntheticRun(join(runsRoot, "changing"), { steps: 40, turn: 20 });
    expect(await sentencesOf("against-later", "?control=changing")).not.toBe(before);
    rmSync(join(runsRoot, "changing"), { recursive: true });
  });

  test("takes no control but a run of the folder", async () => {
    const outside = mkdtempSync(join(tmpdir(), "turncoat-outside-"));
    writeSyntheticRun(join(outside, "run"));
    symlinkSync(join(outside, "run"), join(runsRoot, "linked"));
    for (const name of ["linked", "../later", join(outside, "run"), "."]) {
      for (const of of ["report", "figures/norms", "figures/norms/table"]) {
        const path = `later/${of}?control=${encodeURIComponent(name)}`;
        expect(await get(path), path).toMatchObject({ error: `no run ${JSON.stringify(name)}` });
      }
    }
    expect(await get("later/report?control=later")).toMatchObject({
      error: 'control: expected another run than "later"',
    });
    rmSync(join(runsRoot, "linked"));
    rmSync(outside, { recursive: true });
  });

  test("can be chosen from the runs with the same modules", async () => {
    cpSync("test/fixtures/peft-run-rank1-f32", join(runsRoot, "elsewhere"), { recursive: true });
    expect(await get("against-alike/controls")).toEqual({
      choices: [
        { control: "none", isUsual: false },
        { control: "alike", isUsual: true },
        { control: "against-later", isUsual: false },
        { control: "later", isUsual: false },
      ],
    });
    expect(await get("elsewhere/controls")).toEqual({ choices: [{ control: "none", isUsual: true }] });
  });

  test("compared with its control, is said to be so with the verdict on each transition", async () => {
    const pairedOf = async (...runs: string[]): Promise<string | null> => {
      const query = runs.map((run) => `run=${run}`).join("&");
      return comparisonSchema.parse(json(await rawRequest(`/api/v1/compare?${query}`, { port: server.port })))
        .paired;
    };
    const words = await pairedOf("against-alike", "alike");
    expect(words).toMatch(/^alike is the control of against-alike\. Held against it: /);
    expect(words).toMatch(/; direction of B turns at step \d+ \[\d+, \d+\]: shared with the control/);
    expect(await pairedOf("alike", "against-alike")).toBe(words);
    expect(await pairedOf("later", "against-later")).toMatch(
      /broad behaviour turns at step 30 \[28, 31\]: specific/,
    );
    for (const others of [["against-alike", "later"], ["alike"], ["against-alike", "alike", "later"]])
      expect(await pairedOf(...others), others.join()).toBeNull();
  });
});
