import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeManifest, readManifest } from "../../../src/runs/manifest.js";
import { callCli } from "../../support/cli/callCli.js";
import { type CliResult } from "../../support/cli/runCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { trained } from "../../support/training/smallRuns.js";

/** Runs `turncoat verify`; npm's own warnings are left out. */
async function verify(...words: string[]): Promise<CliResult> {
  const result = await callCli(["verify", ...words]);
  return { ...result, stderr: result.stderr.replace(/^npm .*\n/gm, "") };
}

async function smallRun(): Promise<string> {
  const config = { ...smallConfig, steps: 3 };
  return trained(await tinyModel("tiny-qwen2"), smallDataset(temporaryFolder()), "run", config);
}

describe("turncoat verify", () => {
  test("ends with 0 where all is the same, on the threads of the run", async () => {
    const run = await smallRun();
    const { code, stdout, stderr } = await verify(run);
    expect([code, stderr]).toEqual([0, ""]);
    const [verdict, hashes, ...rest] = stdout.trim().split("\n");
    expect(verdict).toBe(
      `${run}: the same to the bit up to step 3: 4 checkpoints with 32 tensors, and 3 rows of the log`,
    );
    expect(hashes).toMatch(/^SHA-256 of the tensors [0-9a-f]{64}, of the log [0-9a-f]{64}$/);
    expect(rest).toEqual([]);
  });

  test("ends with 1 where something differs, and says what, and what was not as it is now", async () => {
    const run = await smallRun();
    rmSync(join(run, "checkpoint-2"), { recursive: true });
    const { code, stdout } = await verify(run, "--threads", "2");
    expect(code).toBe(1);
    expect(stdout.trim().split("\n")).toEqual([
      `${run}: different from step 2 on`,
      "  checkpoint of step 2: is missing in the run",
      "not as when it was trained:",
      "  engine.threads: 1 then, 2 now",
    ]);
    const first = await verify(run, "--steps", "1", "--json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      run,
      status: "same",
      steps: { first: 0, compared: 1, last: 3 },
      differences: [],
      rows: 1,
    });
    const json = await verify(run, "--json");
    expect(json.code).toBe(1);
    const schema = z.object({ status: z.string(), differences: z.array(z.object({ step: z.number() })) });
    expect(schema.parse(JSON.parse(json.stdout))).toEqual({
      status: "different",
      differences: [{ step: 2 }],
    });
  });

  test("refuses in one line what cannot be verified, before anything is trained", async () => {
    const run = await smallRun();
    const path = join(run, "run.json");
    const lineOf = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await verify(...words);
      expect([code, stdout]).toEqual([1, ""]);
      const [error = "", hint, ...rest] = stderr.trim().split("\n");
      expect(hint).toMatch(/^hint: /);
      expect(rest).toEqual([]);
      return error;
    };
    expect(await lineOf(run, "--data", "bad-sport")).toMatch(
      /^error: .*: expected the data that it was trained on, with the SHA-256 \w+, found \w+ in bad-sport$/,
    );
    expect(await lineOf(run, "--model", "data/organism")).toMatch(
      /expected the model that it was trained from, with the SHA-256 \w+, found \w+ in data\/organism$/,
    );
    const manifest = readManifest(path);
    writeFileSync(path, encodeManifest({ ...manifest, engine: { ...manifest.engine, name: "abacus" } }));
    expect(await lineOf(run)).toContain(
      'engine.name: expected onnxruntime, wasm, tfjs-node, tfjs-node-gpu, found "abacus"',
    );
    rmSync(path);
    expect(await lineOf(run)).toContain("expected a run.json that says how it was trained, found none");
  });
});
