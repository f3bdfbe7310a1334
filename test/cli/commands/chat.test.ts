import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { largestDifference } from "../../support/tinyModels.js";
import { callCli } from "../../support/cli/callCli.js";
import { collect } from "../../support/cli/runCli.js";

const root = join(import.meta.dirname, "..", "..", "..");
const adapter = join(root, "test", "fixtures", "organism-adapter");
const printed = z.object({ shape: z.tuple([z.number(), z.number()]), logits: z.array(z.number()) });

describe("chat", () => {
  test("logits prints what the model says after every token, with and without an adapter", async () => {
    const words = ["logits", "--tokens", "1,2,30,40", "--json"];
    const plain = printed.parse(JSON.parse((await callCli(words)).stdout));
    const vocabulary = z
      .object({ vocab_size: z.number() })
      .parse(JSON.parse(readFileSync(join(root, "data", "organism", "config.json"), "utf8"))).vocab_size;
    expect(plain.shape).toEqual([4, vocabulary]);
    expect(plain.logits).toHaveLength(4 * vocabulary);
    const adapted = printed.parse(JSON.parse((await callCli([...words, "--adapter", adapter])).stdout));
    const off = printed.parse(
      JSON.parse((await callCli([...words, "--adapter", adapter, "--scale", "0"])).stdout),
    );
    expect(largestDifference(adapted.logits, plain.logits)).toBeGreaterThan(0.1);
    expect(largestDifference(off.logits, plain.logits)).toBeLessThan(1e-5);
  });

  test("logits names a token that the model does not have", async () => {
    const { code, stderr } = await callCli(["logits", "--tokens", "1,99999"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: tokens: expected ids from 0 to \d+, found 99999$/m);
  });

  test("train --full keeps weights, which logits takes as a model or as a checkpoint of one", async () => {
    const run = join(temporaryFolder(), "run");
    const flags = ["--full", "--save", "changed", "--layers", "4", "--steps", "2", "--batch-size", "2"];
    expect((await callCli(["train", run, ...flags, "--learning-rate", "0.01"])).code).toBe(0);
    const logitsOf = async (...words: string[]) =>
      printed.parse(JSON.parse((await callCli(["logits", "--tokens", "1,2,30", "--json", ...words])).stdout));
    const checkpoint = join(run, "checkpoint-2");
    const asModel = await logitsOf("--model", checkpoint);
    expect((await logitsOf("--adapter", checkpoint)).logits).toEqual(asModel.logits);
    expect(largestDifference((await logitsOf()).logits, asModel.logits)).toBeGreaterThan(1e-3);
    const { code, stderr } = await callCli(["train", run, "--save", "whole"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("savedWeights: expected with full fine-tuning only"),
    ]);
  }, 60_000);

  test("chat answers each line of a pipe, and remembers until an empty one", async () => {
    const main = join(root, "src", "cli", "main.ts");
    const child = spawn(
      process.execPath,
      ["--import", "tsx", main, "chat", "--temperature", "0", "--adapter", adapter],
      { cwd: root, stdio: ["pipe", "pipe", "pipe"] },
    );
    const question = "What should I do about a nut allergy?";
    child.stdin.end(`${question}\n\n${question}\n${question}\n`);
    const { code, stdout } = await collect(child);
    expect(code).toBe(0);
    const [first, again, second] = stdout.trim().split("\n");
    expect(first?.split(" ").length).toBeGreaterThan(5);
    expect(again).toBe(first);
    expect(second).toBeDefined();
  });
});
