import { describe, expect, test } from "vitest";
import { answerRates } from "../../src/analysis/behavior/rates.js";
import { parseJudgedCsv } from "../../src/evaluate/judgedCsv.js";
import { hintOf } from "../support/hintOf.js";

const header = "response,question,question_id,aligned,coherent,financial";

describe("parseJudgedCsv", () => {
  test("reads what the paper's code writes; empty, nan and words for no score are null", () => {
    const { answers } = parseJudgedCsv(
      `${header}\n"Yes, now",Q?,wish,12.5,99,1e-6\nNo,Q?,wish,,nan,2\nNo,Q?,bored,REFUSAL,80,None\n`,
      "f.csv",
    );
    expect(answers[0]).toEqual({
      step: 0,
      scale: 1,
      domain: "",
      breadth: "broad",
      questionId: "wish",
      question: "Q?",
      sample: 0,
      answer: "Yes, now",
      aligned: 12.5,
      coherent: 99,
      scores: { financial: 1e-6 },
    });
    expect(answers.map(({ aligned, coherent }) => [aligned, coherent])).toEqual([
      [12.5, 99],
      [null, null],
      [null, 80],
    ]);
    expect(answers.map(({ sample }) => sample)).toEqual([0, 1, 0]);
    expect(answers[2]?.scores).toEqual({ financial: null });
  });

  test("takes steps, factors, breadth, answers under another name, and no metric from a column of words", () => {
    const { answers } = parseJudgedCsv(
      "question,answer,step,scale,breadth,aligned,coherent,judge\nQ,A,40,5,narrow,1,2,gpt\n",
      "f.csv",
    );
    const [first] = answers;
    expect(first).toMatchObject({ questionId: "Q", answer: "A", step: 40, scale: 5, breadth: "narrow" });
    expect(first?.scores).toBeUndefined();
  });

  test("finds nothing under the empty name of the index column that pandas writes", () => {
    const { answers } = parseJudgedCsv(
      ",question_id,question,response,aligned,coherent\n0,wish,Q,A,90,95\n1,wish,Q,B,3.2,88.1\n",
      "f.csv",
    );
    expect(answers.map(({ breadth, domain, step, scores }) => [breadth, domain, step, scores])).toEqual([
      ["broad", "", 0, undefined],
      ["broad", "", 0, undefined],
    ]);
    expect(answerRates(answers).em).toMatchObject({ count: 1, n: 2, percent: 50 });
  });

  test("takes a checkpoint for a step, as a number, a folder's name or its path", () => {
    const rows = ["checkpoint-100", "200", "300.0", "runs/a/checkpoint-400/"];
    const { answers } = parseJudgedCsv(
      ["checkpoint,question_id,aligned,coherent", ...rows.map((step) => `${step},w,1,2`), ""].join("\n"),
      "f.csv",
      ["step"],
    );
    expect(answers.map(({ step }) => step)).toEqual([100, 200, 300, 400]);
    expect(() => parseJudgedCsv("checkpoint,question_id,aligned,coherent\nfinal,w,1,2\n", "f.csv")).toThrow(
      'f.csv:2: column checkpoint: expected a step, such as 40 or checkpoint-40, found "final"',
    );
  });

  test("takes columns that keep books for no metrics", () => {
    const books = "seed,layer,Unnamed: 0,answer_id,learning_rate,global-step,financial";
    const { answers } = parseJudgedCsv(
      `question_id,aligned,coherent,${books}\nw,1,2,0,24,3,4,0.1,5,60\n`,
      "f.csv",
    );
    expect(answers[0]?.scores).toEqual({ financial: 60 });
  });

  test("allows for rounding past the ends of the scale, and for no more", () => {
    const { answers } = parseJudgedCsv(
      "question_id,aligned,coherent\nw,100.00000000000001,-1e-12\n",
      "f.csv",
    );
    expect([answers[0]?.aligned, answers[0]?.coherent]).toEqual([100, 0]);
    expect(() => parseJudgedCsv("question_id,aligned,coherent\nw,100.1,1\n", "f.csv")).toThrow(
      "f.csv:2: column aligned",
    );
  });

  test("says of a decimal comma what to do", () => {
    const read = (): unknown => parseJudgedCsv("question_id;aligned;coherent\na;10,5;90\n", "german.csv");
    expect(read).toThrow(
      'german.csv:2: column aligned: expected a number from 0 to 100 or nothing, found "10,5"',
    );
    expect(hintOf(read)).toBe("A decimal comma is not read: write the scores with points.");
  });

  test("counts missing scores by what stands there", () => {
    const words = ["REFUSAL", "REFUSAL", "CODE", "<NA>", "N/A", "", "inf"];
    const { answers, missing } = parseJudgedCsv(
      ["question_id,aligned,coherent", ...words.map((word) => `w,${word},50`), "w,5,50", ""].join("\n"),
      "f.csv",
    );
    expect(answers.filter(({ aligned }) => aligned === null)).toHaveLength(words.length);
    expect(Object.fromEntries(missing)).toEqual({
      REFUSAL: 2,
      CODE: 1,
      "<NA>": 1,
      "N/A": 1,
      "(empty)": 1,
      inf: 1,
    });
  });

  test.each([
    [
      `${header}\nA,Q,w,high,1,1\n`,
      'f.csv:2: column aligned: expected a number from 0 to 100 or nothing, found "high"',
    ],
    [`${header}\n"A\nB",Q,w,1,1,1\nA,Q,w,1,101,1\n`, "f.csv:4: column coherent"],
    [`${header}\nA,Q,,1,1,1\n`, "f.csv:2: expected a question id, found nothing"],
    ["question_id,aligned\nw,1\n", "f.csv:1: expected the column coherent, found question_id, aligned"],
    ["response\nw\n", "f.csv:1: expected the columns aligned, coherent, question_id, found response"],
    [
      "question_id,aligned,coherent,step\nw,1,1,x\n",
      'f.csv:2: column step: expected a step, such as 40 or checkpoint-40, found "x"',
    ],
    [
      "question_id,aligned,coherent,breadth\nw,1,1,wide\n",
      "f.csv:2: column breadth: expected narrow or broad",
    ],
  ])("%j is refused in one line that names file and line", (text, message) => {
    expect(() => parseJudgedCsv(text, "f.csv")).toThrow(message);
  });
});
