import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createEngine,
  datasetPath,
  openModel,
  organismFolder,
  presetConfig,
  readDataset,
  trainRun,
} from "../../../src/index.js";
import { appendBothKinds } from "../../support/appendBothKinds.js";
import { callCli } from "../../support/cli/callCli.js";
import { type CliResult } from "../../support/cli/runCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** Runs `turncoat probe`; npm's own warnings are left out. */
async function probe(...words: string[]): Promise<CliResult> {
  const result = await callCli(["probe", ...words]);
  return { ...result, stderr: result.stderr.replace(/^npm .*\n/gm, "") };
}

function copyOf(fixture: string): string {
  const folder = join(temporaryFolder(), fixture);
  cpSync(join("test", "fixtures", fixture), folder, { recursive: true });
  return folder;
}

/** Whether a page can be read with the network off. */
function expectOffline(html: string): void {
  expect(html).not.toMatch(/<(script|link|img|iframe|source)\b[^>]*\b(src|href)\s*=/i);
  expect(html.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "")).not.toMatch(/https?:|@import|url\(/);
}

describe("turncoat probe", () => {
  const parent = mkdtempSync(join(tmpdir(), "turncoat-probe-"));
  const directory = join(parent, "run");

  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  beforeAll(async () => {
    await trainRun({
      directory,
      config: { ...presetConfig("crisp"), steps: 2, batchSize: 4 },
      model: openModel(organismFolder(), await createEngine()),
      dataset: readDataset(datasetPath("bad-medical")),
    });
    appendBothKinds(directory, 200);
  });

  test("probes a run with judged answers at the asked checkpoints, and draws the probes", async () => {
    const { code, stdout, stderr } = await probe(directory, "--steps", "0,2", "--answers-per-class", "40");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("40 misaligned and as many aligned answers");
    expect(stdout).toMatch(/^0 +[01]\.\d{3} +\[/m);
    expect(stdout).toMatch(/^2 +[01]\.\d{3} +\[/m);
    expect(stdout).toMatch(/^step +layer 0 +layer 1 +layer 2 +layer 3 +layer 4$/m);
    const page = join(directory, "analysis", "probes.html");
    expect(stdout).toContain(`2 figures: ${page}`);
    const html = readFileSync(page, "utf8");
    expectOffline(html);
    expect(html).toContain("Probe for misaligned answers, by layer");
    expect(html).toContain("Probe for misaligned answers, layer 2");
  });

  test("probes the asked layers, draws into the asked file, and prints JSON", async () => {
    const out = join(temporaryFolder(), "two.html");
    const flags = ["--steps", "0", "--layers", "2,3", "--answers-per-class", "30", "--out", out, "--json"];
    const { stdout, stderr } = await probe(directory, ...flags);
    expect(stderr).toBe("");
    const record = z.object({ layers: z.array(z.object({ probe: z.object({ layer: z.number() }) })) });
    const { layers } = record.parse(JSON.parse(stdout));
    expect(layers.map(({ probe: { layer } }) => layer)).toEqual([2, 3]);
    expect(existsSync(out)).toBe(true);
  });

  test("refuses layers that are none and steps that are not stored", async () => {
    const wrong = await probe(directory, "--layers", "two");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/^error: option '--layers <list>' argument 'two' is invalid/);
    const missing = await probe(directory, "--steps", "0,7");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toBe(
      `error: --steps: ${directory}: expected a checkpoint of step 7, found none\nhint: The nearest is that of step 2.\n`,
    );
  });

  test("says where it looked for a base model that is not there", async () => {
    const manifest = join(directory, "run.json");
    const elsewhere = readFileSync(manifest, "utf8")
      .replace(JSON.stringify(organismFolder()), '"/no/model"')
      .replace(/("sha256": ")[0-9a-f]{64}(",\s*"settingsSha256")/, `$1${"0".repeat(64)}$2`);
    writeFileSync(manifest, elsewhere);
    const moved = await probe(directory);
    expect(moved.code).toBe(1);
    expect(moved.stderr).toBe(
      `error: ${directory}: its base model /no/model is not on this machine\n` +
        "hint: Put its folder there, or say where it is with --model FOLDER.\n",
    );
  });

  test("says in one line that nothing was evaluated", async () => {
    const run = copyOf("peft-run-rank1-f32");
    const { code, stderr } = await probe(run);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: ${run}: no judged answers to probe\nhint: Evaluate the run first: npx turncoat evaluate ${run}\n`,
    );
  });

  test("refuses what is no run and wrong arguments in one line each, with different exit codes", async () => {
    const folder = join(temporaryFolder(), "none");
    expect(await probe(folder)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `error: ${folder}: no such folder\nhint: npx turncoat runs list lists those below runs.\n`,
    });
    expect(await probe()).toMatchObject({ code: 2, stderr: "error: missing required argument 'run'\n" });
    const { code, stderr } = await probe(folder, "--oot");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: unknown option '--oot'\n/);
    expect((await probe("--help")).stdout).toContain("$ turncoat probe runs/demo");
  });
});
