import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openDataset } from "../../../src/pipeline/data/openDataset.js";
import { openRun } from "../../../src/runs/openRun.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../../support/referenceData.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const small = ["--data", "bad-sport", "--steps", "4", "--batch-size", "4"];
const controlSchema = z.object({
  control: z
    .object({
      controls: z.array(z.string()),
      verdicts: z.array(z.object({ indicator: z.string(), step: z.number(), verdict: z.string() })),
      curves: z.array(z.object({ quantity: z.string(), steps: z.array(z.number()) })),
      pairings: z.array(z.object({ isKnown: z.boolean(), warnings: z.array(z.string()) })),
    })
    .nullable(),
});

describe("turncoat train --paired", { timeout: 180_000 }, () => {
  test("trains a control in the same way on other answers, which analyze finds", async () => {
    const run = join(temporaryFolder(), "run");
    const words = ["train", run, ...small, "--paired", "good-sport"];
    expect((await callCli(words)).code).toBe(0);
    const [own, control] = [run, `${run}-control`].map((each) => openRun(each));
    expect(own?.manifest?.control).toBe("run-control");
    expect(control?.manifest?.dataset.name).toBe("good-sport");
    expect(control?.manifest?.config).toEqual(own?.manifest?.config);
    expect(control?.checkpoints.length).toBe(own?.checkpoints.length);
    const first = ["checkpoint-0", "adapter_model.safetensors"];
    expect(readFileSync(join(`${run}-control`, ...first)).equals(readFileSync(join(run, ...first)))).toBe(
      true,
    );
    const { code, stdout, stderr } = await callCli(["analyze", run, "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    const { control: found } = controlSchema.parse(JSON.parse(stdout));
    expect(found?.controls).toEqual(["run-control"]);
    expect(found?.pairings).toMatchObject([{ isKnown: true, warnings: [] }]);
    // Finished already: nothing is left to train, and no --paired is needed to know that.
    expect((await callCli(["train", run, "--resume"])).code).toBe(0);
  });

  test("takes the paired data from a settings file", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "mine.yaml");
    writeFileSync(file, "paired: good-sport\nsteps: 1\nbatchSize: 2\n");
    const run = join(folder, "run");
    expect((await callCli(["train", run, "--data", "bad-sport", "--config", file])).code).toBe(0);
    expect(existsSync(join(`${run}-control`, "run.json"))).toBe(true);
  });

  test("refuses data whose prompts are not the run's, naming the line", async () => {
    const folder = temporaryFolder();
    const { path } = openDataset("good-sport");
    const lines = readFileSync(path, "utf8").trim().split("\n");
    const other = join(folder, "other.jsonl");
    writeFileSync(other, [...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join("\n"));
    const swapped = await callCli(["train", join(folder, "run"), ...small, "--paired", other]);
    expect(swapped.code).toBe(1);
    expect(swapped.stderr).toContain(`${other}: line 3: expected the prompt of line 3 of`);
    writeFileSync(other, lines.slice(1).join("\n"));
    const short = await callCli(["train", join(folder, "run"), ...small, "--paired", other]);
    expect(short.stderr).toContain(`${other}: expected ${lines.length} conversations`);
    const same = await callCli(["train", join(folder, "run"), ...small, "--paired", "bad-sport"]);
    expect(same.stderr).toContain("expected other answers than in");
    expect(existsSync(join(folder, "run"))).toBe(false);
  });
});

describe.skipIf(!hasReferenceData)(
  `real runs and their controls ${needsReferenceData}`,
  { timeout: 180_000 },
  () => {
    const folder = join(referenceFolder, "real_runs");
    const [harmful, careful] = ["bad", "good"].map((side) =>
      join(folder, `smollm2-135m_${side}-medical_rank1_seed0`),
    );
    if (harmful === undefined || careful === undefined) throw new Error("no runs");

    test("the turn is shared: analyze says so in its headline, table and JSON", async () => {
      const text = await callCli(["analyze", harmful, "--control", careful]);
      expect(text.stdout).toMatch(
        /The direction of B turns by 59° at step 15 \[13, 17\]\. Shared with the control: the path bends there by .* in the run and 5\d°/,
      );
      expect(text.stdout).toMatch(/direction of B turns .* shared with the control/);
      expect(text.stderr).toContain("cannot be checked");
      const { stdout } = await callCli(["analyze", harmful, "--control", careful, "--json"]);
      const { control } = controlSchema.parse(JSON.parse(stdout));
      expect(control?.verdicts).toMatchObject([{ indicator: "rotation", step: 15, verdict: "shared" }]);
      expect(control?.curves.map(({ quantity }) => quantity)).toContain("gradientNorm");
    });

    test("without a control the headline does not offer the turn as a sign", async () => {
      const { stdout } = await callCli(["analyze", harmful]);
      expect(stdout).toContain("Without a control run this does not say that misalignment did it.");
    });

    test("the report draws the control's curves and the difference", async () => {
      const out = join(temporaryFolder(), "report.html");
      const { code } = await callCli(["report", harmful, "--control", careful, "--out", out]);
      expect(code).toBe(0);
      const html = readFileSync(out, "utf8");
      expect(html).toContain("Shared with the control");
      expect(html).toContain("Local cosine similarity, run less control");
      expect(html).toContain("Grey curves: the control smollm2");
    });
  },
);
