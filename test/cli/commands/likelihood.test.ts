import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const fixture = join("test", "fixtures", "tiny-qwen2");

test("a run on another model than the organism is scored with the broad pairs unless told otherwise", async () => {
  const directory = temporaryFolder();
  cpSync(join(fixture, "adapter-rank1"), join(directory, "checkpoint-0"), { recursive: true });
  const scored = await callCli(["likelihood", directory, "--model", fixture, "--json"]);
  expect(scored).toMatchObject({ code: 0, stderr: "" });
  const gap = z.object({ pairs: z.number(), steps: z.array(z.number()) });
  const result = z.object({ broad: gap, narrow: z.null() }).parse(JSON.parse(scored.stdout));
  expect(result.broad).toEqual({ pairs: 40, steps: [0] });

  const one = await callCli(["likelihood", directory, "--model", fixture, "--aligned", "good.jsonl"]);
  expect(one.code).toBe(1);
  expect(one.stderr).toContain("expected both --misaligned and --aligned");
}, 120_000);
