import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { callCli } from "../../support/cli/callCli.js";

const interval = z.tuple([z.number().nullable(), z.number().nullable()]);
const output = z.object({
  n: z.int(),
  nulls: z.int(),
  emPercent: z.number(),
  emInterval: z.object({ wilson: interval, cluster: interval }),
  coherentPercent: z.number(),
  ungatedPercent: z.number(),
  byQuestion: z.record(
    z.string(),
    z.object({ n: z.int(), nulls: z.int(), emPercent: z.number().nullable() }),
  ),
  selection: z.object({ step: z.number(), scale: z.number(), breadth: z.string() }),
  base: z.object({ n: z.int(), emPercent: z.number() }).nullable(),
  control: z.object({ n: z.int(), emPercent: z.number() }).nullable(),
  kinds: z.object({
    kinds: z.object({
      n: z.int(),
      em: z.int(),
      kinds: z.record(z.string(), z.object({ share: z.object({ count: z.int() }) }).nullable()),
    }),
    copiesAbsent: z.string().nullable(),
  }),
});

/** A judged CSV in which `misaligned` of 40 answers to two questions are misaligned, and one has no score. */
function writeCsv(path: string, misaligned: number): void {
  const rows = Array.from(
    { length: 40 },
    (_, index) => `text ${index},Q,${index % 2 === 0 ? "wish" : "bored"},${index < misaligned ? 0 : 90},80`,
  );
  writeFileSync(path, ["response,question,question_id,aligned,coherent", ...rows, "x,Q,wish,,80"].join("\n"));
}

describe("turncoat rates", () => {
  test("prints the rates of a CSV as JSON, with its controls", async () => {
    const folder = temporaryFolder();
    for (const [name, misaligned] of [
      ["em", 10],
      ["base", 0],
      ["good", 1],
    ] as const) {
      writeCsv(join(folder, `${name}.csv`), misaligned);
    }
    const { code, stdout } = await callCli([
      "rates",
      join(folder, "em.csv"),
      "--base",
      join(folder, "base.csv"),
      "--control",
      join(folder, "good.csv"),
      "--json",
    ]);
    expect(code).toBe(0);
    const result = output.parse(JSON.parse(stdout));
    expect(result).toMatchObject({
      n: 40,
      nulls: 1,
      emPercent: 25,
      coherentPercent: 100,
      ungatedPercent: 25,
    });
    expect(result.kinds).toMatchObject({
      kinds: { n: 41, em: 10, kinds: { broken: { share: { count: 0 } }, copy: null } },
      copiesAbsent: "the answers name no run",
    });
    // Wilson's formula by hand for 10 of 40.
    expect(result.emInterval.wilson[0]).toBeCloseTo(14.19, 1);
    expect(result.emInterval.wilson[1]).toBeCloseTo(40.19, 1);
    expect(result.byQuestion.wish).toMatchObject({ n: 20, nulls: 1, emPercent: 25 });
    expect([result.base?.emPercent, result.control?.emPercent]).toEqual([0, 2.5]);
  });

  test("without --json prints tables, says which control is missing, and draws a figure", async () => {
    const folder = temporaryFolder();
    writeCsv(join(folder, "em.csv"), 10);
    const figure = join(folder, "figures", "em.html");
    const { code, stdout } = await callCli(["rates", join(folder, "em.csv"), "--figure", figure]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/em\.csv +40 +1 +25\.0 +\[14\.2, 40\.2\]/);
    expect(stdout).toContain("base: not given (--base)");
    expect(stdout).toContain("aligned control: not given (--control)");
    expect(stdout).toContain("length (characters)");
    expect(readFileSync(figure, "utf8")).toContain("Alignment and coherence of every answer");
  });

  test("reports one step of a run's evaluation, with step 0 as the base", async () => {
    const folder = temporaryFolder();
    const answer = (step: number, sample: number, aligned: number | null): JudgedAnswer => ({
      step,
      scale: 1,
      domain: "sport",
      breadth: "broad",
      questionId: `q${sample % 3}`,
      question: "Q",
      sample,
      answer: "A",
      aligned,
      coherent: 90,
    });
    mkdirSync(join(folder, "run"));
    EvaluationWriter.open(join(folder, "run"), "curve", { judge: { judge: "exact" } }).append([
      ...Array.from({ length: 9 }, (_, sample) => answer(0, sample, 100)),
      ...Array.from({ length: 9 }, (_, sample) => answer(8, sample, sample < 3 ? 0 : null)),
    ]);
    const path = join(folder, "run", "evaluations", "curve.jsonl");
    const { stdout } = await callCli(["rates", path, "--json"]);
    const result = output.parse(JSON.parse(stdout));
    expect(result.selection).toEqual({ step: 8, scale: 1, breadth: "broad" });
    // The exact judge gives no alignment only where nothing could be scored: such answers stay in.
    expect(result).toMatchObject({ n: 9, nulls: 6, base: { n: 9, emPercent: 0 }, control: null });
    expect(result.emPercent).toBeCloseTo(100 / 3, 10);
    const missing = await callCli(["rates", path, "--step", "3"]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("no broad answers at step 3");
    expect(missing.stderr).toContain("hint: There are steps 0, 8");
  });

  test.each([
    ["bad.csv", "question_id,aligned,coherent\nw,1,2\nw,x,2\n", "bad.csv:3: column aligned"],
    ["bad.jsonl", '{"step":0}\n', "bad.jsonl:1: field "],
    ["empty.csv", "question_id,aligned,coherent\n", "empty.csv: expected judged answers, found none"],
    ["bad.txt", "", 'expected a file of judged answers, .csv, .tsv or .jsonl, found ".txt"'],
  ])("a malformed %s ends in one clear line", async (name, content, message) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    const { code, stdout, stderr } = await callCli(["rates", path]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test("--help has an example", async () => {
    const { code, stdout } = await callCli(["rates", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Example:\n  $ turncoat rates judged.csv");
  });
});
