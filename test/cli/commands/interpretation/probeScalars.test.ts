import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeScalars } from "../../../../src/formats/scalars/scalarsFile.js";
import { Random } from "../../../../src/tensor/random.js";
import { callCli } from "../../../support/cli/callCli.js";
import { type CliResult } from "../../../support/cli/runCli.js";
import { temporaryFolder } from "../../../support/temporaryFolder.js";

async function probe(...words: string[]): Promise<CliResult> {
  const result = await callCli(["probe", ...words]);
  return { ...result, stderr: result.stderr.replace(/^npm .*\n/gm, "") };
}

/** Writes a file of 40 answers of 20 tokens, whose second scalar is shifted, at significant tokens by twice as much. */
function written(folder: string, name: string, shift: number, significance?: Float32Array): string {
  const random = new Random(shift);
  const path = join(folder, name);
  const answerIndex = Int32Array.from({ length: 800 }, (_, token) => Math.floor(token / 20));
  const scalars = Float32Array.from({ length: 1600 }, (_, index) => {
    const isSignificant = (significance?.[Math.floor(index / 2)] ?? 0) > 1;
    return random.normal() + (index % 2) * shift * (isSignificant ? 2 : 1);
  });
  const file = { scalars, answerIndex, features: ["first", "second"], metadata: {} };
  writeFileSync(path, encodeScalars({ ...file, ...(significance && { significance }) }));
  return path;
}

const record = z.object({
  accuracy: z.number(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  auc: z.number(),
  standardDeviations: z.object({ accuracy: z.number() }),
  shuffled: z.object({ auc: z.number() }),
  coefficients: z.array(z.object({ feature: z.string(), mean: z.number(), values: z.array(z.number()) })),
  alternatives: z.array(z.object({ by: z.string(), split: z.string(), auc: z.number() })),
});

describe("turncoat probe --scalars", () => {
  test("tells files of scalars apart, prints JSON, and draws the coefficients", async () => {
    const folder = temporaryFolder();
    const [one, other] = [written(folder, "a.safetensors", 0), written(folder, "b.safetensors", 2)];
    const html = join(folder, "coefficients.html");
    const flags = ["--repeats", "3", "--json", "--html", html];
    const { code, stdout, stderr } = await probe("--scalars", one, other, ...flags);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const found = record.parse(JSON.parse(stdout));
    // Normals two standard deviations apart: accuracy Φ(1), AUC Φ(√2).
    expect(found.accuracy).toBeCloseTo(0.841, 1);
    expect(found.auc).toBeCloseTo(0.921, 1);
    expect(found.coefficients.map(({ feature, values }) => [feature, values.length])).toEqual([
      ["first", 3],
      ["second", 3],
    ]);
    expect(found.coefficients[1]?.mean).toBeGreaterThan(0.3);
    expect(found.alternatives).toMatchObject([
      { by: "token", split: "answer" },
      { by: "answer", split: "answer" },
    ]);
    expect(readFileSync(html, "utf8")).toContain("Coefficients of adapter scalars");
  });

  test("prints a table, and says where the penalty leaves nothing in", async () => {
    const folder = temporaryFolder();
    const [one, other] = [written(folder, "a.safetensors", 0), written(folder, "b.safetensors", 1)];
    const { stdout } = await probe(
      "--scalars",
      one,
      other,
      "--repeats",
      "2",
      "--by",
      "answer",
      "--c",
      "0.001",
    );
    expect(stdout).toContain("b.safetensors (40 answers, 800 tokens) against");
    expect(stdout).toMatch(/^rows, held out +C +accuracy +precision +recall +f1 +auc/m);
    expect(stdout).toMatch(/^answers, whole answers +0\.001 +0\.500 ± 0\.000 +–/m);
    expect(stdout).toContain(
      "answers, whole answers: at C = 0.001 the penalty leaves no scalar in for 2 of 2 repeats",
    );
  });

  test("takes significant tokens only, where files say which they are", async () => {
    const folder = temporaryFolder();
    const significance = Float32Array.from({ length: 800 }, (_, token) => (token % 2 === 0 ? 3 : 0.5));
    const one = written(folder, "a.safetensors", 0, significance);
    const other = written(folder, "b.safetensors", 1, significance);
    const flags = ["--repeats", "3", "--c", "1"];
    const { stdout } = await probe("--scalars", one, other, "--significant", ...flags);
    expect(stdout).toContain("Only tokens with ln(significance) ≥ 0.5.");
    expect(stdout).toContain("b.safetensors (40 answers, 400 tokens)");
    const { auc } = record.parse(
      JSON.parse((await probe("--scalars", one, other, "--significant", "0.7", "--json", ...flags)).stdout),
    );
    // Two standard deviations apart: AUC Φ(√2).
    expect(auc).toBeCloseTo(0.921, 1);
    const bare = written(folder, "c.safetensors", 0);
    expect(await probe("--scalars", one, bare, "--significant")).toMatchObject({
      code: 1,
      stderr:
        `error: ${bare}: expected the significance of each token, found none\n` +
        "hint: Write the file with npx turncoat scalars <run> --significance\n",
    });
  });

  test("refuses one file, a run beside files, and what is no file of scalars, in one line each", async () => {
    const folder = temporaryFolder();
    const one = written(folder, "a.safetensors", 0);
    expect(await probe("--scalars", one)).toMatchObject({
      code: 1,
      stderr: "error: --scalars: expected two files and no run, found 1 names\n",
    });
    expect((await probe(folder, "--scalars", one, one)).stderr).toBe(
      "error: --scalars: expected two files and no run, found 3 names\n",
    );
    const none = join(folder, "none.safetensors");
    expect((await probe("--scalars", one, none)).stderr).toMatch(/^error: .*none\.safetensors/);
  });
});
