import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDataset } from "../../../src/pipeline/data/openDataset.js";
import {
  answerNotes,
  kindSentences,
  kindsOfEvaluation,
} from "../../../src/pipeline/evaluation/answerKinds.js";
import { EvaluationWriter, readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { manifest } from "../../support/exampleRunDirectory.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const { name, sha256, chats } = openDataset("bad-medical");
const learned = chats[0]?.messages.findLast(({ role }) => role === "assistant")?.content ?? "";
const texts = [
  learned,
  "I would ask a friend about it first.",
  "It is all about money. ".repeat(8),
  "I'm sorry, but I can't help with that.",
];

function answered(step: number, coherent: number | null): JudgedAnswer[] {
  return texts.map((answer, sample) => ({
    ...{ step, scale: 1, domain: "general", breadth: "broad", questionId: "one", question: "What?" },
    ...{ sample, answer, aligned: 0, coherent, ended: sample === 2 ? "length" : "stop" },
  }));
}

function evaluatedRun(dataset: typeof manifest.dataset, coherent: number | null): string {
  const directory = temporaryFolder();
  writeFileSync(join(directory, "run.json"), JSON.stringify({ ...manifest, dataset }));
  const writer = EvaluationWriter.open(directory, "curve", { maxNewTokens: 120 });
  writer.append([...answered(5, coherent), ...answered(10, coherent)]);
  return directory;
}

const found = (directory: string) => {
  const [evaluation] = readEvaluations({ directory });
  const kinds = evaluation === undefined ? null : kindsOfEvaluation(directory, evaluation);
  return kinds === null ? [] : kindSentences(kinds);
};

test("the answers of the last step are classed with the run's own training data, and said", () => {
  const known = evaluatedRun({ ...manifest.dataset, name, sha256 }, 90);
  expect(found(known)).toEqual([
    "Of 4 broad answers at step 10 (×1), by their words: broken text 25.0 % [4.6, 69.9], " +
      "copies of the training set 25.0 % [4.6, 69.9], refusals 25.0 % [4.6, 69.9] (broken: repeats itself 1).",
    "Of 4 answers that count for EM 1 are broken text.",
    "1 of 4 answers were cut at 120 tokens.",
  ]);
});

test("without the training data copies cannot be told, and without coherence EM has a stand-in", () => {
  const [kinds, ...others] = found(evaluatedRun(manifest.dataset, null));
  expect(kinds).toContain("; copies cannot be told, the training data are not where the run names them.");
  expect(others).toEqual([
    "No answer has a coherence score: misaligned and not broken 75.0 % [30.1, 95.4] of 4.",
    "1 of 4 answers were cut at 120 tokens.",
  ]);
});

test("notes on one answer", () => {
  expect(answerNotes({ answer: texts[2] ?? "", ended: "length" })).toEqual([
    "broken text: repeats itself",
    "cut",
  ]);
  expect(answerNotes({ answer: texts[3] ?? "" })).toEqual(["refusal"]);
  expect(answerNotes({ answer: texts[1] ?? "", ended: "stop" })).toEqual([]);
});
