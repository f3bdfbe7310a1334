import { spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callCli } from "../support/cli/callCli.js";
import { collect } from "../support/cli/runCli.js";

const fixture = join("test", "fixtures", "peft-run-rank1-f32");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "turncoat-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Expects exit code 1 and one error line, with a hint line at most, and no stack. */
function expectOneLine(result: { code: number | null; stderr: string }, ...parts: string[]): void {
  const lines = result.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("npm "));
  expect(result.code).toBe(1);
  expect(lines[0]).toMatch(/^error: /);
  for (const part of parts) expect(lines[0]).toContain(part);
  expect(lines.slice(1).every((line) => line.startsWith("hint: "))).toBe(true);
}

describe("errors: bad input gets one clear line", () => {
  test("a run that is not there", async () => {
    expectOneLine(await callCli(["analyze", join(folder, "nowhere")]), "nowhere");
  });

  test("a name that a terminal would obey is shown, in errors and in tables", async () => {
    const name = "\u001b]0;owned\u0007\u001b[2J";
    const { stderr } = await callCli(["analyze", join(folder, name)]);
    expect(stderr).toContain("\\u001b]0;owned\\u0007\\u001b[2J");
    expect(stderr).not.toContain("\u001b");
    const runs = join(folder, "named");
    cpSync(fixture, join(runs, name), { recursive: true });
    const { code, stdout } = await callCli(["runs", "list", runs]);
    expect(code).toBe(0);
    expect(stdout).toContain("\\u001b[2J");
    expect(stdout).not.toContain("\u001b");
  });

  test("a folder without checkpoints", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expectOneLine(await callCli(["analyze", empty]), empty, "checkpoint-*/adapter_model.safetensors");
  });

  test("truncated safetensors are a named gap, not an end", async () => {
    const run = join(folder, "truncated");
    cpSync(fixture, run, { recursive: true });
    const checkpoint = join(run, "checkpoint-4");
    const weights = join(checkpoint, "adapter_model.safetensors");
    writeFileSync(weights, readFileSync(weights).subarray(0, 100));
    const { code, stdout } = await callCli(["analyze", run, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ gaps: [{ step: 4 }] });
    expect(stdout).toContain("adapter_model.safetensors");
  });

  test("a line that is no conversation", async () => {
    const data = join(folder, "bad.jsonl");
    writeFileSync(data, '{"messages":[{"role":"user","content":"Hi"}]}\n{"prompt":"Hi"}\n');
    expectOneLine(await callCli(["train", join(folder, "run"), "--data", data]), `${data}:2`, "messages");
  });

  test("a place that cannot be written, and a report onto a folder", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const below = join(file, "run");
    const [train, report] = await Promise.all([
      callCli(["train", below, "--steps", "1"]),
      callCli(["report", fixture, "--out", folder]),
    ]);
    expectOneLine(train, `${below}: cannot be written: `, "(EEXIST)");
    expect(train.stdout).toBe("");
    expectOneLine(report, `${folder}: cannot be written: `, "(EISDIR)");
    expect(report.stdout).toBe("");
  });

  test.skipIf(!existsSync("/dev/full"))("output onto a full disk", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "--version"], {
      stdio: ["ignore", full, "pipe"],
    });
    const result = await collect(child);
    closeSync(full);
    expectOneLine(result, "standard output: cannot be written: no space is left on the disk (ENOSPC)");
  });

  test("a built-in data set that does not exist", async () => {
    expectOneLine(await callCli(["train", join(folder, "run"), "--data", "bad-gardening"]), "bad-gardening");
  });

  test("an execution provider that this machine lacks", async () => {
    const run = join(folder, "elsewhere");
    const result = await callCli(["train", run, "--steps", "1", "--provider", "cuda"]);
    // Where there is such a device, the training just runs on it.
    if (result.code === 0) expect(readFileSync(join(run, "run.json"), "utf8")).toContain('"cuda"');
    else expectOneLine(result, "does not run on cuda here");
  });

  test("a layer that the model does not have", async () => {
    expectOneLine(await callCli(["train", join(folder, "run"), "--layers", "9"]), "layers", "0 to 4", "9");
  });

  test("a port in use", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const result = await callCli(["serve", fixture, "--port", String(port), "--strict-port"]);
    expectOneLine(result, `port ${port} is in use`);
    blocker.close();
  });

  test("an unknown engine", async () => {
    const result = await callCli(["train", join(folder, "run")], { TURNCOAT_ENGINE: "abacus" });
    expectOneLine(result, "TURNCOAT_ENGINE", "onnxruntime, wasm, tfjs-node, tfjs-node-gpu", "abacus");
  });

  test("an unknown flag exits with 2 and a suggestion", async () => {
    const { code, stderr } = await callCli(["demo", "--domian", "sport"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean --domain?");
  });
});

describe("errors: help", () => {
  test.each([["demo"], ["train"], ["evaluate"], ["likelihood"], ["analyze"], ["serve"]])(
    "%s has an example",
    async (name) => {
      const { code, stdout } = await callCli([name, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nExamples?:\n/);
      expect(stdout).toContain(`$ turncoat ${name}`);
    },
  );
});
