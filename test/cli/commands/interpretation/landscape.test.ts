import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { turnedStep, writeOrganismRun } from "../../../support/organismRun.js";
import { callCli } from "../../../support/cli/callCli.js";

describe("turncoat landscape", () => {
  const parent = mkdtempSync(join(tmpdir(), "turncoat-landscape-"));
  const directory = join(parent, "run");
  const few = ["--samples", "12", "--multiples", "0,0.5,1,2", "--epsilons", "0.2,1", "--noise-seeds", "3"];

  beforeAll(() => writeOrganismRun(directory, 1));

  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  test("says first what training took off, then losses by norm and by noise, and draws them", async () => {
    const page = join(parent, "landscape.html");
    const { code, stdout } = await callCli(["landscape", directory, ...few, "--html", page]);
    expect(code).toBe(0);
    const [first = "", second = ""] = stdout.split("\n");
    expect(first).toMatch(
      new RegExp(
        `^run, step ${turnedStep}: [\\d.]+ \\[.*\\] nats per answer token .*; training took [\\d.]+ `,
      ),
    );
    expect(second).toMatch(/^Noise on its parameters takes /);
    expect(stdout).toMatch(/^run +100 +bad-medical +12 /m);
    expect(stdout).toMatch(/^0\.5 +[\d.]+ \[[\d.]+, [\d.]+\]$/m);
    expect(stdout).toMatch(/^mean +[\d.]+ \[/m);
    expect(stdout).toContain("analysis/landscape");
    const html = readFileSync(page, "utf8");
    expect(html).toContain("Loss of rescaled solutions");
    expect(html).toContain("Loss under noise on the parameters");
    const again = await callCli(["landscape", directory, ...few, "--json"]);
    const parsed: unknown = JSON.parse(again.stdout);
    expect(parsed).toMatchObject({
      norm: "update",
      runs: [{ name: "run", step: turnedStep, conversations: 12, seeds: 3 }],
      comparisons: [],
      sentences: [first, second],
      settings: { samples: 12, seed: 0 },
      interrupted: false,
    });
  });

  test.each([
    [["--multiples", "0,2"], "expected one above 0 and up to 1 at least"],
    [["--epsilons", "0,1"], "expected sizes above 0"],
    [["--noise-seeds", "1"], "expected 0, or at least 2"],
    [["--norm", "both"], "expected one of update, parameters"],
    [["--step", "7"], "expected a checkpoint of step 7, found none"],
  ])("refuses %j in one line", async (words, message) => {
    const { code, stderr } = await callCli(["landscape", directory, ...few, ...words]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
