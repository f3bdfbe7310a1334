import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporaryFolder.js";

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
    expect(stdout).toMatch(/^event +of +verdict +step +interval +found by, or why not$/m);
    expect(stdout).toMatch(/^direction of B turns +model\.layers\.0\.mlp\.down_proj /m);
    expect(stdout).toMatch(
      /^broad behaviour turns +run +cannot be told +– +– +no answers were judged; to tell, evaluate five checkpoints or more$/m,
    );
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

describe.each(["phaseTransition", "pcaTrajectory"])("%s", (script) => {
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
