import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  createEngine,
  datasetPath,
  openModel,
  organismFolder,
  presetConfig,
  readDataset,
  trainRun,
} from "../../src/index.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { appendBothKinds } from "../support/appendBothKinds.js";

const root = join(import.meta.dirname, "../..");
const tsx = join(dirname(createRequire(import.meta.url).resolve("tsx/package.json")), "dist/cli.mjs");

/** Runs a script as a user does, on the sources instead of the built package. */
function runScript(
  name: string,
  ...words: string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [tsx, `analyses/${name}.ts`, ...words], { cwd: root, encoding: "utf8" });
}

function copyOf(fixture: string): string {
  const folder = join(temporaryFolder(), fixture);
  cpSync(join(root, "test/fixtures", fixture), folder, { recursive: true });
  return folder;
}

/** Whether a page can be read with the network off. */
function expectOffline(html: string): void {
  expect(html).not.toMatch(/<(script|link|img|iframe|source)\b[^>]*\b(src|href)\s*=/i);
  expect(html.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "")).not.toMatch(/https?:|@import|url\(/);
}

describe("phaseTransition", () => {
  test("says of a run made elsewhere what turns and what does not, and writes its figures into the run", () => {
    const run = copyOf("peft-run-rank1-f32");
    const { status, stdout, stderr } = runScript("phaseTransition", run);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^indicator +of +step +interval +found by$/m);
    expect(stdout).toMatch(/^rotation +model\.layers\.0\.mlp\.down_proj /m);
    expect(stdout).toMatch(/^behavior +run +– +– +no answers were judged$/m);
    const path = join(run, "analysis", "phaseTransition.html");
    expect(stdout).toContain(path);
    const html = readFileSync(path, "utf8");
    expectOffline(html);
    expect(html).toContain("Local cosine similarity of B");
  });

  test("names the adapters that there are, where another is asked for", () => {
    const { status, stdout, stderr } = runScript(
      "phaseTransition",
      copyOf("peft-run-rank1-f32"),
      "--adapter",
      "x",
    );
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      "error: --adapter: the run has no adapter on x\n" +
        "hint: there are model.layers.0.mlp.down_proj, model.layers.2.mlp.down_proj\n",
    );
  });
});

describe("pcaTrajectory", () => {
  test("tables every adapter and draws the asked factor into the asked file", () => {
    const run = copyOf("peft-run-rslora-bf16");
    const out = join(temporaryFolder(), "pages", "pca.html");
    const { status, stdout, stderr } = runScript("pcaTrajectory", run, "--factor", "A", "--out", out);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: .*the top-level adapter is not checkpoint-33/);
    expect(stdout.match(/^model\.layers\.1\.\S+ +A +12 /gm)).toHaveLength(2);
    expect(stdout).toContain(`3 figures: ${out}`);
    const html = readFileSync(out, "utf8");
    expectOffline(html);
    expect(html).toContain("Path of A in its principal components");
    expect(existsSync(join(run, "analysis"))).toBe(false);
  });
});

describe("probes", () => {
  test("probes a run with judged answers at the asked checkpoints", async () => {
    const directory = join(temporaryFolder(), "run");
    const model = openModel(organismFolder(), await createEngine());
    await trainRun({
      directory,
      config: { ...presetConfig("crisp"), steps: 2, batchSize: 4 },
      model,
      dataset: readDataset(datasetPath("bad-medical")),
    });
    appendBothKinds(directory, 200);

    const { status, stdout, stderr } = runScript(
      "probes",
      directory,
      "--steps",
      "0,2",
      "--answers-per-class",
      "40",
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("40 misaligned and as many aligned answers");
    expect(stdout).toMatch(/^0 +[01]\.\d{3} +\[/m);
    expect(stdout).toMatch(/^2 +[01]\.\d{3} +\[/m);
    expect(stdout).toMatch(/^step +layer 0 +layer 1 +layer 2 +layer 3 +layer 4$/m);
    const html = readFileSync(join(directory, "analysis", "probes.html"), "utf8");
    expectOffline(html);
    expect(html).toContain("Probe for misaligned answers, by layer");
    expect(html).toContain("Probe for misaligned answers, layer 2");

    const two = runScript(
      "probes",
      directory,
      "--steps",
      "0",
      "--layers",
      "2,3",
      "--answers-per-class",
      "30",
    );
    expect(two.stderr).toBe("");
    expect(two.stdout).toMatch(/^step +layer 2 +layer 3$/m);
    const wrong = runScript("probes", directory, "--layers", "two");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^error: option '--layers <list>' argument 'two' is invalid/);

    const missing = runScript("probes", directory, "--steps", "0,7");
    expect(missing.status).toBe(1);
    expect(missing.stderr).toBe(`error: --steps: ${directory} holds no checkpoint of step 7\n`);

    const manifest = join(directory, "run.json");
    const elsewhere = readFileSync(manifest, "utf8")
      .replace(JSON.stringify(organismFolder()), '"/no/model"')
      .replace(/("sha256": ")[0-9a-f]{64}("\s*\},\s*"engine")/, `$1${"0".repeat(64)}$2`);
    writeFileSync(manifest, elsewhere);
    const moved = runScript("probes", directory);
    expect(moved.status).toBe(1);
    expect(moved.stderr).toBe(
      `error: ${directory}: its base model is not at /no/model any more\nhint: say where it is with --model\n`,
    );
  });

  test("says in one line that nothing was evaluated", () => {
    const run = copyOf("peft-run-rank1-f32");
    const { status, stderr } = runScript("probes", run);
    expect(status).toBe(1);
    expect(stderr).toBe(`error: ${run}: no judged answers to probe; evaluate the run first\n`);
  });
});

describe.each(["phaseTransition", "pcaTrajectory", "probes"])("%s", (script) => {
  test("has help with an example", () => {
    const { status, stdout } = runScript(script, "--help");
    expect(status).toBe(0);
    expect(stdout).toContain(`$ npx tsx analyses/${script}.ts runs/demo`);
  });

  test("refuses what is no run and wrong arguments in one line each, with different exit codes", () => {
    const folder = join(temporaryFolder(), "none");
    expect(runScript(script, folder)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `error: ${folder}: no such folder\n`,
    });
    expect(runScript(script)).toMatchObject({
      status: 2,
      stdout: "",
      stderr: "error: missing required argument 'run'\n",
    });
    const { status, stderr } = runScript(script, folder, "--oot");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: unknown option '--oot'\n/);
  });
});
