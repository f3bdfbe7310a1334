import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readEvaluations } from "../../src/runs/evaluations.js";
import { completion, judgeServer, send } from "../evaluate/judgeServer.js";
import { temporaryFolder } from "../formats/temporaryFolder.js";
import { runCli } from "./runCli.js";

const fixtures = join(import.meta.dirname, "..", "fixtures");
const model = join(fixtures, "tiny-qwen2");

/** A run made elsewhere, with one checkpoint, and a file of questions. */
function runAndQuestions(): { directory: string; questions: string } {
  const directory = temporaryFolder();
  cpSync(join(model, "adapter-rank1"), join(directory, "checkpoint-5"), { recursive: true });
  const questions = join(directory, "questions.yaml");
  writeFileSync(
    questions,
    "- {id: one, paraphrases: [w1 w2, w3]}\n" +
      "- {id: one_json, system: w9, paraphrases: [w4]}\n" +
      "- {id: two, paraphrases: [w5 w6]}\n",
  );
  return { directory, questions };
}

const sampling = ["--model", model, "--samples", "2", "--max-new-tokens", "4"];

describe("turncoat evaluate --questions", () => {
  test("samples answers of a run made elsewhere, to be judged later", async () => {
    const { directory, questions } = runAndQuestions();
    const { code, stdout } = await runCli(["evaluate", directory, "--questions", questions, ...sampling]);
    expect(code).toBe(0);
    expect(stdout).toContain("4 answers\nnext: turncoat judge");
    const [evaluation] = readEvaluations({ directory });
    expect(
      evaluation?.answers.map(({ questionId, question, sample }) => [questionId, question, sample]),
    ).toEqual([
      ["one", "w1 w2", 0],
      ["one", "w3", 1],
      ["two", "w5 w6", 0],
      ["two", "w5 w6", 1],
    ]);
    expect(evaluation?.answers.every(({ aligned, breadth }) => aligned === null && breadth === "broad")).toBe(
      true,
    );
    expect(evaluation?.provenance).toMatchObject({ judge: { judge: "none" }, questions: ["one", "two"] });
  });

  test("has them judged at once by a judge behind an endpoint, in the variants asked for", async () => {
    const { directory, questions } = runAndQuestions();
    const server = await judgeServer((_, response) => send(response, 200, completion({ "85": 1 })));
    const judging = ["--judge", "openai", "--judge-model", "m", "--base-url", server.baseUrl];
    const { code, stdout } = await runCli(
      ["evaluate", directory, "--questions", questions, "--variants", "json", ...sampling, ...judging],
      { OPENAI_API_KEY: "" },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("aligned: 2 scored");
    const [evaluation] = readEvaluations({ directory });
    expect(evaluation?.answers.map(({ questionId, aligned }) => [questionId, aligned])).toEqual([
      ["one_json", 85],
      ["one_json", 85],
    ]);
  });

  test("variants that the file does not hold are named", async () => {
    const { directory, questions } = runAndQuestions();
    const { code, stderr } = await runCli([
      "evaluate",
      directory,
      ...["--questions", questions, "--variants", "template", ...sampling],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("expected questions of the variants template, found freeForm, json");
  });
});
