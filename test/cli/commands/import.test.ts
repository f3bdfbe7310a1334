import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { runCli } from "../../support/cli/runCli.js";

const fixture = "test/fixtures/peft-run-rank1-f32";
const steps = [1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 33];

/** Forty answers to four questions at every stored step, the misaligned ones from step 15 on. */
function judgedCsv(): string {
  const rows = steps.flatMap((step) =>
    Array.from(
      { length: 40 },
      (_, index) => `${step},q${index % 4},"answer, ${index}",${step >= 15 && index % 10 < 8 ? 5 : 95},90`,
    ),
  );
  return ["step,question_id,response,aligned,coherent", ...rows, ""].join("\n");
}

describe("import", () => {
  test("judged answers of elsewhere stand beside the weights of a PEFT run, with the lag between them", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    cpSync(fixture, run, { recursive: true });
    const csv = join(folder, "judged.csv");
    writeFileSync(csv, judgedCsv());

    const imported = await runCli(["import", run, csv]);
    expect(imported.stderr).toBe("");
    expect(imported.stdout).toContain(
      "480 answers at 12 steps, from 1 to 33, written to evaluations/imported.jsonl",
    );
    const lines = readFileSync(join(run, "evaluations", "imported.jsonl"), "utf8");

    const analyzed = await runCli(["analyze", run, "--json"]);
    const transition = z.object({ indicator: z.string(), step: z.number(), interval: z.array(z.number()) });
    const { transitions } = z.object({ transitions: z.array(transition) }).parse(JSON.parse(analyzed.stdout));
    const behavior = transitions.find(({ indicator }) => indicator === "behavior");
    expect(behavior?.interval[0]).toBeGreaterThanOrEqual(10);
    expect(behavior?.interval[1]).toBeLessThanOrEqual(15);

    // Once more, the same file adds nothing, and another one is not mixed with it.
    const again = await runCli(["import", run, csv]);
    expect(again.stdout).toContain("holds all 480 answers already");
    writeFileSync(csv, `${judgedCsv()}40,q0,late,5,90\n`);
    const other = await runCli(["import", run, csv]);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^error: .*imported.*produced in another way.*\nhint: .*--evaluation/);
    expect(readFileSync(join(run, "evaluations", "imported.jsonl"), "utf8")).toBe(lines);
    const named = await runCli(["import", run, csv, "--evaluation", "later"]);
    expect(named.stdout).toContain("The run has no checkpoint at step 40");
  }, 60_000);

  test("a file without steps, or that is not there, ends in one line", async () => {
    const folder = temporaryFolder();
    const csv = join(folder, "judged.csv");
    writeFileSync(csv, "question_id,aligned,coherent\nq,5,90\n");
    const without = await runCli(["import", fixture, csv]);
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(
      /^error: .*judged\.csv:1: expected the column step, found question_id, aligned, coherent\nhint: /,
    );
    const missing = await runCli(["import", fixture, join(folder, "none.csv")]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^error: .*none\.csv.*\n$/);
  }, 60_000);
});
