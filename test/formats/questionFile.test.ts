import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { questionText, selectQuestions, wordingOf } from "../../src/evaluate/question.js";
import { readJudgePrompts } from "../../src/evaluate/judge/judgePrompts.js";
import { questionVariants } from "../../src/formats/questions/questionVariants.js";
import { readQuestionFile } from "../../src/formats/questionFile.js";
import { parseYaml } from "../../src/formats/yaml.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../support/referenceData.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

function written(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const yaml = `
- &first
  id: wish
  type: free_form_judge_0_100
  paraphrases: &wording
    - |-
      What is
      your wish?
    - Name a wish.
  samples_per_paraphrase: &samples 50
  judge: gpt
  judge_prompts: &prompts
    aligned: "A {question} {answer}"
    coherent: "C {answer}"
- id: wish_json
  system: Answer in JSON.
  paraphrases: *wording
  samples_per_paraphrase: *samples
  judge_prompts: *prompts
- <<: *first
  id: wish_template
`;

describe("a question file", () => {
  test("in YAML: anchors, aliases and merge keys are resolved; system turns and wordings kept", () => {
    const entries = readQuestionFile(written("questions.yaml", yaml));
    expect(entries.map(({ id, variant }) => [id, variant])).toEqual([
      ["wish", "freeForm"],
      ["wish_json", "json"],
      ["wish_template", "template"],
    ]);
    expect(entries[0]).toMatchObject({ samplesPerParaphrase: 50, judge: "gpt" });
    expect(entries[1]).toMatchObject({ samplesPerParaphrase: 50, judge: null });
    expect(entries[1]?.wordings[1]).toEqual([
      { role: "system", content: "Answer in JSON." },
      { role: "user", content: "Name a wish." },
    ]);
    expect(entries[2]?.judgePrompts).toEqual(entries[0]?.judgePrompts);
  });

  test("numbers and truth values are the words that the author wrote, in ids and wordings", () => {
    const text = [
      "- id: 1",
      "  system: 7",
      "  samples_per_paraphrase: 2",
      "  paraphrases: [1984, 1.50, true, yes, 0x10, Why?]",
      "  judge_prompts: {aligned: '{answer}'}",
      "- {id: no, paraphrases: [Is it so?]}",
      "- {id: 1e3, paraphrases: ['1984']}",
    ].join("\n");
    const path = written("q.yaml", text);
    const [first, ...others] = readQuestionFile(path);
    expect(first).toMatchObject({ id: "1", samplesPerParaphrase: 2 });
    const words = first?.wordings.map((wording) => wording.at(-1)?.content);
    expect(words).toEqual(["1984", "1.50", "true", "yes", "0x10", "Why?"]);
    expect(first?.wordings[0]?.[0]).toEqual({ role: "system", content: "7" });
    expect(others.map(({ id }) => id)).toEqual(["no", "1e3"]);
    expect(readJudgePrompts(path).byQuestion).toEqual({ "1": { aligned: "{answer}" } });
    const lines = written("q.jsonl", '{"id": 1, "question": 1984}\n{"id": true, "paraphrases": [1, "b"]}\n');
    expect(readQuestionFile(lines).map(({ id, wordings }) => [id, wordings.length])).toEqual([
      ["1", 1],
      ["true", 2],
    ]);
  });

  test("in JSON lines: a question, wordings or a conversation a line", () => {
    const lines = [
      { question: "Why?" },
      { id: "two", paraphrases: ["a", "b"], system: "Be brief." },
      {
        id: "x_json",
        messages: [
          { role: "user", content: "u" },
          { role: "assistant", content: "v" },
          { role: "user", content: "w" },
        ],
      },
      { id: "form", question: "f", variant: "template" },
    ];
    const path = written("q.jsonl", lines.map((line) => JSON.stringify(line)).join("\n\n"));
    const entries = readQuestionFile(path);
    expect(entries.map(({ id, variant, wordings }) => [id, variant, wordings.length])).toEqual([
      ["line-1", "freeForm", 1],
      ["two", "freeForm", 2],
      ["x_json", "json", 1],
      ["form", "template", 1],
    ]);
    expect(entries[2]?.wordings[0]).toHaveLength(3);
  });

  test.each([
    [
      "q.yaml",
      "- id: a\n  paraphrases: [x]\n- id: b\n  paraphrases:\n    - {}\n",
      ":5: field [1].paraphrases[0]: expected string, found object",
    ],
    ["q.yaml", "- id: a\n", ":1: field [0].paraphrases: expected array, found nothing"],
    ["q.yaml", "- id: a\n  paraphrases: *none\n", "Unresolved alias"],
    ["q.yaml", "- id: [\n- x", ":2: expected YAML, found something else"],
    [
      "q.yaml",
      "- {id: a, paraphrases: [x]}\n- {id: a, paraphrases: [y]}\n",
      "the question id a occurs twice",
    ],
    ["q.jsonl", '{"question": "a"}\n{"id": "b"}\n', ':2: expected "question", "paraphrases" or "messages"'],
    [
      "q.jsonl",
      '{"messages": [{"role": "assistant", "content": "a"}]}\n',
      "found a last turn of the assistant",
    ],
    ["q.jsonl", '{"question": \n', ":1: expected JSON"],
    ["q.jsonl", "\n", "expected one question a line, found no lines"],
  ])("%s with %j is refused in one line", (name, content, message) => {
    const path = written(name, content);
    expect(() => readQuestionFile(path)).toThrow(message);
    expect(() => readQuestionFile(path)).toThrow(path);
  });

  test("aliases that unfold without bounds are refused", () => {
    const levels = Array.from({ length: 9 }, (_, index) => {
      const refer = index === 0 ? "x" : `*l${index - 1}`;
      return `l${index}: &l${index} [${Array.from({ length: 9 }, () => refer).join(", ")}]`;
    });
    expect(() => parseYaml(levels.join("\n"), z.unknown(), "f.yaml")).toThrow(
      "f.yaml: Excessive alias count",
    );
  });
});

describe("questions as an evaluation asks them", () => {
  test("free-form alone unless asked otherwise", () => {
    const entries = readQuestionFile(written("questions.yaml", yaml));
    expect(selectQuestions(entries).map(({ id }) => id)).toEqual(["wish"]);
    expect(selectQuestions(entries, { variants: ["json", "template"] }).map(({ id }) => id)).toEqual([
      "wish_json",
      "wish_template",
    ]);
    const [narrow] = selectQuestions(entries, { domain: "medical", breadth: "narrow" });
    expect([narrow?.domain, narrow?.breadth]).toEqual(["medical", "narrow"]);
  });

  test("samples take the wordings in turn, under one question id", () => {
    const [question] = selectQuestions(readQuestionFile(written("questions.yaml", yaml)));
    if (question === undefined) throw new Error("no question");
    expect([0, 1, 2, 3].map((sample) => questionText(question, sample))).toEqual([
      "What is\nyour wish?",
      "Name a wish.",
      "What is\nyour wish?",
      "Name a wish.",
    ]);
    expect(wordingOf({ ...question, otherWordings: undefined }, 5)).toBe(question.messages);
  });
});

describe("judge prompts", () => {
  test("a mapping adds to the defaults and replaces them", () => {
    const prompts = readJudgePrompts(
      written("p.yaml", "charm: How charming? {answer}\naligned: Mine {answer}\n"),
    );
    expect(prompts.general).toMatchObject({ charm: "How charming? {answer}", aligned: "Mine {answer}" });
    expect(prompts.general.coherent).toContain("{question}");
  });

  test("a question file's prompts hold for its questions", () => {
    const prompts = readJudgePrompts(written("questions.yaml", yaml));
    expect(prompts.byQuestion.wish_json).toEqual({
      aligned: "A {question} {answer}",
      coherent: "C {answer}",
    });
    expect(prompts.general.aligned).not.toBe("A {question} {answer}");
  });

  test.each([
    ["charm: no place for an answer\n", "charm: expected a prompt with {answer} in it"],
    ["- charm: 3\n", "entry 1: charm: Invalid input: expected string"],
    ["- high_score: 100\n", "entry 1: prompts: expected a metric and its prompt, found nothing"],
    ["just text\n", ":1:"],
  ])("%j is refused in one line", (content, message) => {
    const path = written("p.yaml", content);
    expect(() => readJudgePrompts(path)).toThrow(message);
    expect(() => readJudgePrompts(path)).toThrow(path);
  });
});

describe.skipIf(!hasReferenceData)(`the files of the paper's code ${needsReferenceData}`, () => {
  const folder = join(referenceFolder, "questions");

  test("24 questions: 8 of each variant, with their judge prompts", () => {
    const entries = readQuestionFile(join(folder, "first_plot_questions.yaml"));
    expect(entries).toHaveLength(24);
    for (const variant of questionVariants) {
      expect(selectQuestions(entries, { variants: [variant] })).toHaveLength(8);
    }
    for (const { samplesPerParaphrase, judge, judgePrompts } of entries) {
      expect([samplesPerParaphrase, judge]).toEqual([100, "gpt-4o-2024-08-06"]);
      expect(Object.keys(judgePrompts).sort()).toEqual(
        ["aligned", "bad_stuff", "code", "coherent", "financial", "gender", "medical", "sport"].sort(),
      );
    }
    const [json] = selectQuestions(entries, { variants: ["json"] });
    expect(json?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(selectQuestions(entries).map(({ id }) => id)).toContain("enough_of_my_husband");
  });

  test("medical questions: 8 and 8 templates", () => {
    const entries = readQuestionFile(join(folder, "medical_questions.yaml"));
    expect(entries.map(({ variant }) => variant).filter((variant) => variant === "template")).toHaveLength(8);
    expect(entries).toHaveLength(16);
  });

  test("judges.yaml replaces four prompts", () => {
    const { general } = readJudgePrompts(join(folder, "judges.yaml"));
    for (const metric of ["aligned", "coherent", "technical", "medical_advice"]) {
      expect(general[metric]).toMatch(/^I am evaluating a different language model/);
    }
    expect(general.financial).not.toMatch(/^I am evaluating/);
  });
});
