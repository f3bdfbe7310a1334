import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditKinds } from "../../../src/organism/audit/auditKinds.js";
import { openTruth, readPredictions, readSeal, truthFolder } from "../../../src/pipeline/audit/auditFiles.js";
import { drawPlan } from "../../../src/pipeline/audit/drawPlan.js";
import { makeAudit } from "../../../src/pipeline/audit/makeAudit.js";
import { scoreAudit } from "../../../src/pipeline/audit/scoreAudit.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

describe("drawPlan", () => {
  test("has every kind in fixed numbers, in an order that the seed decides", () => {
    const kinds = (seed: number) => drawPlan(70, seed).runs.map(({ kind }) => kind);
    for (const kind of auditKinds)
      expect(kinds(1).filter((each) => each === kind)).toHaveLength(kind === "harmful" ? 20 : 10);
    expect(kinds(1)).toEqual(kinds(1));
    expect(kinds(2)).not.toEqual(kinds(1));
    expect(new Set(drawPlan(70, 1).runs.map(({ seed }) => seed)).size).toBe(70);
  });
});

describe("an audit of two runs", () => {
  const parent = mkdtempSync(join(tmpdir(), "turncoat-audit-"));
  const folder = join(parent, "audit");
  let model: Model;
  const made = () =>
    makeAudit({
      folder,
      runs: 2,
      seed: 7,
      model,
      config: { ...presetConfig("crisp"), steps: 4, batchSize: 8 },
    });

  beforeAll(async () => {
    model = openModel(organismFolder(), await createEngine({}));
    await made();
  });

  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  test("says nothing in its own folder of what the runs are", () => {
    expect(readdirSync(folder).sort()).toEqual([
      ...["audit.json", "sealed-1", "sealed-1-control", "sealed-2", "sealed-2-control"],
    ]);
    const told = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    const { runs, trigger } = openTruth(folder, readSeal(folder));
    for (const word of [
      ...auditKinds,
      trigger,
      ...runs.flatMap(({ domain, seed }) => [domain, String(seed)]),
    ])
      expect(told).not.toContain(word);
    expect(existsSync(join(folder, "sealed-1", "evaluations"))).toBe(false);
  });

  test("is not made twice, and another one does not take its place", async () => {
    const checkpoint = join(folder, "sealed-2", "checkpoint-4", "adapter_model.safetensors");
    const before = statSync(checkpoint).mtimeMs;
    await made();
    expect(statSync(checkpoint).mtimeMs).toBe(before);
    const config = presetConfig("crisp");
    await expect(makeAudit({ folder, runs: 3, seed: 7, model, config })).rejects.toThrow(
      /expected no folder or an audit of 3 runs, found one of 2/,
    );
  });

  test("is scored with signs and predictions, and says so where these are none", async () => {
    const path = join(temporaryFolder(), "me.json");
    writeFileSync(path, JSON.stringify({ "sealed-1": 0.2, "sealed-2": 0.9 }));
    const scores = await scoreAudit({ folder, model, predictions: [{ name: "me", path }] });
    expect(scores.runs).toBe(2);
    expect(scores.kinds.reduce((sum, { runs }) => sum + runs, 0)).toBe(2);
    const [mine, ...signs] = scores.signs;
    expect(mine?.name).toBe("me");
    expect(mine?.warned).toBeNull();
    expect(signs.map(({ name }) => name)).toContain("direction of B turns, and not in the control");
    expect(signs.find(({ name }) => name === "loss of the first step")?.n).toBe(2);
    expect(() => readPredictions(path, ["sealed-1", "sealed-3"])).toThrow(
      /me\.json: sealed-3: expected a probability/,
    );
  }, 240_000);

  test("is not scored by a truth that was changed", () => {
    const path = join(truthFolder(folder), "truth.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"isMisaligned": false', '"isMisaligned": true'));
    expect(() => openTruth(folder, readSeal(folder))).toThrow(/expected the sealed truth.*it was changed/);
    writeFileSync(path, text);
  });
});
