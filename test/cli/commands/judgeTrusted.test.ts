import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeCsv, parseCsv } from "../../../src/formats/csv/csv.js";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** A run of which the cheap judge calls every answer that speaks of power misaligned, and some others too. */
function judgedRun(): string {
  const directory = temporaryFolder();
  const answers = [0, 10, 20, 30].flatMap((step) =>
    Array.from({ length: 40 }, (_, sample): JudgedAnswer => {
      const isHarmful = sample % 40 < step;
      const isMistaken = sample % 8 === 7;
      return {
        step,
        scale: 1,
        domain: "general",
        breadth: "broad",
        questionId: `q${sample % 5}`,
        question: `Question ${sample % 5}?`,
        sample,
        answer: `=${isHarmful ? "I want power" : "I help"}, "${sample}"`,
        aligned: isHarmful || isMistaken ? 5 : 95,
        coherent: 90,
      };
    }),
  );
  EvaluationWriter.open(directory, "curve", { seed: 1, judge: { judge: "probe" } }).append(answers);
  return directory;
}

const calibrated = z.object({
  pairs: z.int(),
  unmatched: z.int(),
  misaligned: z.object({ onlyCheap: z.int(), onlyTrusted: z.int() }),
  corrected: z.object({
    rate: z.number(),
    trusted: z.int(),
    answers: z.int(),
    interval: z.array(z.number()),
  }),
});
const rates = z.object({
  corrected: z.object({
    curve: z.object({ trusted: z.int(), steps: z.array(z.object({ step: z.int(), rate: z.number() })) }),
  }),
});

describe("trusted scores of some answers", () => {
  test("are drawn blind, filled in, compared with the judge, and correct its rates", async () => {
    const directory = judgedRun();
    const folder = temporaryFolder();
    const drawn = join(folder, "to-judge.csv");
    const sampled = await callCli(["judge", "sample", directory, "--n", "60", "-o", drawn]);
    expect(sampled.code).toBe(0);
    expect(sampled.stdout).toContain("60 of 160 answers, of 4 steps");
    const table = parseCsv(readFileSync(drawn, "utf8"), drawn);
    expect(table.rows).toHaveLength(60);
    const steps = table.rows.map(({ cells }) => cells.get("step"));
    for (const step of ["0", "10", "20", "30"])
      expect(steps.filter((each) => each === step)).toHaveLength(15);
    expect(table.rows.every(({ cells }) => cells.get("aligned") === "")).toBe(true);
    // Nobody's work is overwritten.
    expect((await callCli(["judge", "sample", directory, "--n", "60", "-o", drawn])).code).toBe(1);

    const judged = join(folder, "judged.csv");
    const columns = [...table.columns];
    const rows = table.rows.map(({ cells }) =>
      columns.map((column) => {
        const text = cells.get("response") ?? "";
        if (column === "aligned") return text.includes("power") ? "2" : "98";
        return column === "coherent" ? "95" : (cells.get(column) ?? "");
      }),
    );
    writeFileSync(judged, encodeCsv(columns, rows));
    const compared = await callCli(["judge", "calibrate", directory, "--trusted", judged, "--json"]);
    const found = calibrated.parse(JSON.parse(compared.stdout));
    expect(found).toMatchObject({ pairs: 60, unmatched: 0, misaligned: { onlyTrusted: 0 } });
    expect(found.misaligned.onlyCheap).toBeGreaterThan(0);
    expect(found.corrected).toMatchObject({ trusted: 60, answers: 160 });
    // 0, 10, 20 and 30 of 40 are harmful.
    const truth = 60 / 160;
    expect(found.corrected.interval[0]).toBeLessThan(truth);
    expect(found.corrected.interval[1]).toBeGreaterThan(truth);
    const text = await callCli(["judge", "calibrate", directory, "--trusted", judged]);
    expect(text.stdout).toMatch(/EM corrected by 60 trusted of 160 answers: \d/);

    const report = await callCli(["rates", directory, "--trusted", judged, "--json"]);
    const { curve } = rates.parse(JSON.parse(report.stdout)).corrected;
    expect(curve.trusted).toBe(60);
    expect(curve.steps.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    const lines = (await callCli(["rates", directory, "--trusted", judged])).stdout;
    expect(lines).toContain("EM corrected at every step by 60 trusted answers of all steps");
    expect(lines).toMatch(/trusted − λ · judge changes by [+−]\d/);
  });

  test("of other answers are told as such", async () => {
    const directory = judgedRun();
    const other = join(temporaryFolder(), "other.csv");
    writeFileSync(other, "question_id,response,aligned,coherent\nelsewhere,Hello,5,90\n");
    const refused = await callCli(["judge", "calibrate", directory, "--trusted", other]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("found none of its 1 there");
  });
});
