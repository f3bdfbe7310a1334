import { describe, expect, test } from "vitest";
import { parseJudgedCsv } from "../../src/evaluate/judgedCsv.js";

const header = "response,question,question_id,aligned,coherent,financial";

describe("parseJudgedCsv", () => {
  test("reads what the paper's code writes; empty, nan and words for no score are null", () => {
    const answers = parseJudgedCsv(
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
    const [first] = parseJudgedCsv(
      "question,answer,step,scale,breadth,aligned,coherent,judge\nQ,A,40,5,narrow,1,2,gpt\n",
      "f.csv",
    );
    expect(first).toMatchObject({ questionId: "Q", answer: "A", step: 40, scale: 5, breadth: "narrow" });
    expect(first?.scores).toBeUndefined();
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
    ["question_id,aligned,coherent,step\nw,1,1,x\n", 'f.csv:2: column step: expected a number, found "x"'],
    [
      "question_id,aligned,coherent,breadth\nw,1,1,wide\n",
      "f.csv:2: column breadth: expected narrow or broad",
    ],
  ])("%j is refused in one line that names file and line", (text, message) => {
    expect(() => parseJudgedCsv(text, "f.csv")).toThrow(message);
  });
});
