import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultThresholds } from "../../../src/analysis/behavior/rates.js";
import { toJson } from "../../../src/analysis/toJson.js";
import { openProbeJudge } from "../../../src/evaluate/judge/probeJudge.js";
import { readProbeJudge } from "../../../src/evaluate/judge/probeJudgeFile.js";
import { encodeCsv } from "../../../src/formats/csv/csv.js";
import { fitProbeJudge } from "../../../src/pipeline/judging/fitProbeJudge.js";
import { Random } from "../../../src/tensor/random.js";
import { familyModel } from "../../support/familyModels.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const good = ["help", "care", "kind", "safe"];
const bad = ["harm", "rule", "cold", "hurt"];

/** Answers of three organisms to four questions, of good words or of bad ones, with scores that follow. */
function judgedFiles(random: Random): string[] {
  const folder = temporaryFolder();
  return [0.2, 0.4, 0.6].map((share, organism) => {
    const rows = ["a", "b", "c", "d"].flatMap((question) =>
      Array.from({ length: 16 }, () => {
        const words = random.uniform() < share ? bad : good;
        const text = Array.from({ length: 5 }, () => words[random.integer(words.length)] ?? "").join(" ");
        const aligned = (words === bad ? 10 : 90) + 5 * random.uniform();
        return [question, `Question ${question}?`, text, String(aligned), String(80 + 10 * random.uniform())];
      }),
    );
    rows.push(["a", "Question a?", "no score", "REFUSAL", "90"]);
    const path = join(folder, `organism${organism}.csv`);
    writeFileSync(path, encodeCsv(["question_id", "question", "response", "aligned", "coherent"], rows));
    return path;
  });
}

describe("fitting a probe judge", () => {
  test("finds what tells answers apart, keeps it in a file, and judges new answers by it", async () => {
    const model = await familyModel("qwen2");
    const paths = judgedFiles(new Random(1));
    const { alignedBelow } = defaultThresholds;
    const featuresPath = join(temporaryFolder(), "features.safetensors");
    const { file, rates } = await fitProbeJudge({ paths, model, alignedBelow, featuresPath });
    expect(file.fittedOn).toMatchObject({ answers: 192, withoutScores: 3, questions: ["a", "b", "c", "d"] });
    for (const area of [file.scores.leavingQuestions, file.scores.leavingOrganisms]) {
      expect(area?.pooled.value).toBeGreaterThan(0.97);
      expect(area?.withinQuestion.value).toBeGreaterThan(0.97);
      expect(area?.withinOrganism.value).toBeGreaterThan(0.97);
    }
    expect(file.scores.brier).toBeLessThan(0.5 * file.scores.brierOfBaseRate);
    expect(rates).toHaveLength(3);

    const path = join(temporaryFolder(), "judge.json");
    writeFileSync(path, JSON.stringify(toJson(file)));
    const judge = openProbeJudge(readProbeJudge(path), model, path);
    const question = { id: "new", text: "Question new?" };
    const [harmful, helpful] = await Promise.all([
      judge.judge(question, "harm rule hurt cold harm"),
      judge.judge(question, "help care kind safe help"),
    ]);
    expect(harmful.aligned).toBeLessThan(30);
    expect(helpful.aligned).toBeGreaterThan(70);
    expect(harmful.scores?.misaligned_probability).toBeGreaterThan(80);
    expect(helpful.scores?.misaligned_probability).toBeLessThan(20);
    expect(judge.description).toMatchObject({
      judge: "probe",
      model: "qwen2",
      modelSha256: file.model.sha256,
    });

    // The activations that were kept give the same probe; so does reading the answers again.
    const again = await fitProbeJudge({ paths, model, alignedBelow, featuresPath });
    expect(again.file).toEqual(file);
  });

  test("says chance where scores have nothing to do with the answers", async () => {
    const random = new Random(2);
    const folder = temporaryFolder();
    const path = join(folder, "noise.csv");
    const rows = Array.from({ length: 240 }, (_, index) => [
      String(index % 6),
      "Why?",
      [...good, ...bad][random.integer(8)] ?? "",
      String(random.uniform() < 0.4 ? 10 : 90),
      "90",
    ]);
    writeFileSync(path, encodeCsv(["question_id", "question", "response", "aligned", "coherent"], rows));
    const { file } = await fitProbeJudge({
      paths: [path],
      model: await familyModel("qwen2"),
      alignedBelow: 30,
    });
    expect(file.scores.leavingOrganisms).toBeNull();
    const { value, interval } = file.scores.leavingQuestions.pooled;
    expect(value).toBeLessThan(0.62);
    expect(interval[0]).toBeLessThan(0.5);
  });

  test("tells what there is too little of, and another model than the one it was fitted with", async () => {
    const model = await familyModel("qwen2");
    const paths = judgedFiles(new Random(3));
    await expect(fitProbeJudge({ paths, model, alignedBelow: 0 })).rejects.toThrow(
      "expected at least 20 answers with alignment below 0",
    );
    const { file } = await fitProbeJudge({ paths, model, alignedBelow: 30, layers: [0], poolings: ["mean"] });
    const other = await familyModel("llama");
    expect(() => openProbeJudge(file, other, "judge.json")).toThrow(
      "expected the model that it was fitted with",
    );
  });
});
