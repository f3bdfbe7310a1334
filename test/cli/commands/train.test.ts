import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

describe("turncoat train", { timeout: 180_000 }, () => {
  test("resumes a run with the warm-up that it began with, whatever its recipe has become", async () => {
    const run = join(temporaryFolder(), "run");
    const settings = ["train", run, "--recipe", "paper", "--steps", "2"];
    expect((await callCli([...settings, "--warm-up", "shifted"])).code).toBe(0);
    // As every run of this recipe was recorded before there was another rule.
    expect(readFileSync(join(run, "run.json"), "utf8")).not.toContain('warmup"');
    const [resumed, other] = [
      await callCli([...settings, "--resume"]),
      await callCli([...settings, "--resume", "--warm-up", "hugging-face"]),
    ];
    expect(resumed.code).toBe(0);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/schedule: expected .*, as the run began, found .*hugging-face/);
  });
});
