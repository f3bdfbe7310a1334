import { join } from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { manifest } from "../../support/exampleRunDirectory.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { callCli } from "../../support/cli/callCli.js";

const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() });
const listSchema = z.object({
  runs: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      seed: z.number().nullable(),
      trouble: z.object({ why: z.string(), fix: z.string().nullable() }).nullable(),
      summary: z.object({ misaligned: estimate.nullable(), turn: estimate.nullable() }).nullable(),
    }),
  ),
});
const diffSchema = z.object({
  differences: z.array(z.object({ setting: z.string(), values: z.record(z.string(), z.unknown()) })),
  compared: z.number(),
  ignored: z.array(z.string()),
});

/** A run that was evaluated, and one that was interrupted. */
function twoRuns(): { readonly folder: string; readonly one: string; readonly other: string } {
  const folder = temporaryFolder();
  const [one, other] = [join(folder, "one"), join(folder, "other")];
  writeSyntheticRun(one, { steps: 16, turn: 8 });
  mkdirSync(join(other, "checkpoint-4"), { recursive: true });
  const config = { ...manifest.config, steps: 9 };
  writeFileSync(
    join(other, "run.json"),
    JSON.stringify({ ...manifest, config, status: "interrupted", seed: 5 }),
  );
  mkdirSync(join(other, "resume"));
  return { folder, one, other };
}

describe("turncoat runs", { timeout: 60_000 }, () => {
  test("lists runs with their numbers, and says what is wrong with which", async () => {
    const { folder } = twoRuns();
    const [json, text] = await Promise.all([
      callCli(["runs", "list", folder, "--json"]),
      callCli(["runs", "list", folder]),
    ]);
    const { runs } = listSchema.parse(JSON.parse(json.stdout));
    expect(runs.map(({ id, status }) => [id, status])).toEqual([
      ["one", "finished"],
      ["other", "interrupted"],
    ]);
    expect(runs[0]?.summary?.misaligned?.high).toBeGreaterThan(0);
    expect(runs[1]?.trouble?.why).toBe("interrupted at step 4 of 9");
    expect(text.stdout).toMatch(/^run +status +recipe/);
    expect(text.stdout).toMatch(
      /other: interrupted at step 4 of 9\n +fix: npx turncoat train .*other --resume/,
    );
  });

  test("shows one run with every checkpoint", async () => {
    const { one } = twoRuns();
    const { stdout } = await callCli(["runs", "show", one, "--json"]);
    const shown = z.object({ checkpoints: z.array(z.number()) }).parse(JSON.parse(stdout));
    expect(shown.checkpoints).toEqual(Array.from({ length: 17 }, (_, step) => step));
  });

  test("lists exactly the settings that differ, without those that are to be left out", async () => {
    const { one, other } = twoRuns();
    const [whole, part] = await Promise.all([
      callCli(["runs", "diff", one, other, "--json"]),
      callCli(["runs", "diff", one, other, "--ignore", "config,dataset", "--json"]),
    ]);
    const all = diffSchema.parse(JSON.parse(whole.stdout));
    expect(all.differences.map(({ setting }) => setting)).toEqual([
      ...["config.preset", "config.rank", "config.optimizer.name", "config.schedule.name"],
      ...["seed", "dataset.name"],
      ...[
        "config.learningRate",
        "config.modules",
        "config.schedule.warmupSteps",
        "config.note",
        "config.steps",
      ],
    ]);
    // A setting that a run does not have is not taken for null.
    const note = all.differences.find(({ setting }) => setting === "config.note");
    expect(note?.values).toEqual({ [other]: null });
    const left = diffSchema.parse(JSON.parse(part.stdout));
    expect(left.differences).toEqual([{ setting: "seed", values: { [one]: 3, [other]: 5 } }]);
  });

  test("says what is missing", async () => {
    const { folder, one } = twoRuns();
    const results = await Promise.all([
      callCli(["runs", "diff", one]),
      callCli(["runs", "list", join(folder, "none")]),
      callCli(["runs", "list", folder, "--jsn"]),
    ]);
    expect(results.map(({ code }) => code)).toEqual([1, 1, 2]);
    expect(results[0].stderr).toContain("expected two runs or more");
    expect(results[1].stderr).toContain("expected a folder with runs in it");
    expect(results[2].stderr).toContain("--json");
  });
});
