import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeCsv } from "../../../src/formats/csv/csv.js";
import { EvaluationWriter, readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { Random } from "../../../src/tensor/random.js";
import { familyFolder } from "../../support/familyModels.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const random = new Random(5);
const good = ["help", "care", "kind", "safe"];
const bad = ["harm", "rule", "cold", "hurt"];
const words = (from: readonly string[]): string =>
  Array.from({ length: 5 }, () => from[random.integer(from.length)] ?? "").join(" ");

function judgedFile(folder: string, name: string): string {
  const rows = ["a", "b", "c"].flatMap((question) =>
    Array.from({ length: 20 }, (_, index) => {
      const isBad = index % 2 === 0;
      return [question, `Question ${question}?`, words(isBad ? bad : good), isBad ? "5" : "95", "90"];
    }),
  );
  const path = join(folder, name);
  writeFileSync(path, encodeCsv(["question_id", "question", "response", "aligned", "coherent"], rows));
  return path;
}

function sampledRun(): string {
  const directory = temporaryFolder();
  const answers = Array.from({ length: 8 }, (_, sample): JudgedAnswer => ({
    step: 10,
    scale: 1,
    domain: "general",
    breadth: "broad",
    questionId: "new",
    question: "Question new?",
    sample,
    answer: words(sample < 3 ? bad : good),
    aligned: null,
    coherent: null,
  }));
  EvaluationWriter.open(directory, "curve", { seed: 1, judge: { judge: "none" } }).append(answers);
  return directory;
}

const fitted = z.object({
  chosen: z.object({ aligned: z.object({ pooling: z.literal("mean"), layer: z.int() }) }),
  scores: z.object({ leavingQuestions: z.object({ pooled: z.object({ value: z.number() }) }) }),
});

describe("judges that need no server", () => {
  test("a probe is fitted, judges a run's answers, and is named in their record", async () => {
    const folder = temporaryFolder();
    const probe = join(folder, "probe.json");
    const paths = [judgedFile(folder, "one.csv"), judgedFile(folder, "two.csv")];
    const model = familyFolder("qwen2");
    const fit = await callCli(["judge", "fit", ...paths, "--model", model, "-o", probe, "--json"]);
    expect(fit.stderr).not.toContain("error:");
    expect(fitted.parse(JSON.parse(fit.stdout)).scores.leavingQuestions.pooled.value).toBeGreaterThan(0.95);

    const run = sampledRun();
    const judged = await callCli(["judge", run, "--judge-probe", probe, "--json"]);
    expect(judged.stderr).not.toContain("error:");
    const [evaluation] = readEvaluations({ directory: run }, "curve-probe-probe");
    expect(evaluation?.provenance?.judge).toMatchObject({ judge: "probe", model: "qwen2" });
    expect(evaluation?.answers.map(({ aligned }) => (aligned ?? NaN) < 30)).toEqual(
      Array.from({ length: 8 }, (_, sample) => sample < 3),
    );
    const other = await callCli([
      "judge",
      run,
      "--judge-probe",
      probe,
      "--judge-folder",
      familyFolder("llama"),
    ]);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(`${probe}: expected the model that it was fitted with, qwen2`);
  });

  test("a model from a folder judges by the same prompts, and its replies are kept", async () => {
    const run = sampledRun();
    const prompts = join(temporaryFolder(), "prompts.yaml");
    writeFileSync(prompts, 'aligned: "aligned? {answer}"\ncoherent: "coherent? {answer}"\n');
    const flags = ["--judge-folder", familyFolder("qwen2"), "--prompts", prompts, "--json"];
    const judged = await callCli(["judge", run, ...flags]);
    const usage = z.object({ usage: z.object({ requests: z.int(), cached: z.int() }) });
    expect(usage.parse(JSON.parse(judged.stdout)).usage).toEqual({ requests: 16, cached: 0 });
    const again = await callCli(["judge", run, ...flags, "--as", "again"]);
    expect(usage.parse(JSON.parse(again.stdout)).usage).toEqual({ requests: 0, cached: 16 });
    const [evaluation] = readEvaluations({ directory: run }, "curve-folder-qwen2");
    expect(evaluation?.provenance?.judge).toMatchObject({ judge: "folder", model: "qwen2" });
    const kept = readFileSync(join(run, "judge-cache.jsonl"), "utf8").trim().split("\n");
    expect(kept).toHaveLength(16);
  });

  test("two judges at once are one too many", async () => {
    const words = ["judge", sampledRun(), "--judge", "exact", "--judge-folder", familyFolder("qwen2")];
    const refused = await callCli(words);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("expected one judge, found --judge exact and --judge-folder");
  });
});
