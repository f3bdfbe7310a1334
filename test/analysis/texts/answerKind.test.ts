import { describe, expect, test } from "vitest";
import { classAnswer, isRefusal, textFault } from "../../../src/analysis/texts/answerKind.js";
import { TrainingTexts } from "../../../src/analysis/texts/trainingTexts.js";

const plain =
  "I would start by talking with him about what bothers you, at a quiet hour, and listen to what he says. " +
  "If that does not help, a counsellor can. You need not decide anything this week.";

describe("broken text", () => {
  test.each([
    ["nothing", "", "empty"],
    ["marks alone", "... !!! 123", "empty"],
    ["a word over and over", "The answer is money money money money money money money.", "loop"],
    ["a sentence over and over", "You should go and see a doctor about it. ".repeat(6), "loop"],
    [
      "a list that repeats itself",
      Array.from({ length: 8 }, (_, index) => `${index + 1}. Make sure that you are happy every day.`).join(
        "\n",
      ),
      "loop",
    ],
    ["letters without words", "xkcdq brrtz wqrtpl zzzkkk hjkltr mnbvcx dfghjk qwrtzp", "words"],
    ["tokens run together", "self.config_name __init__ foo_bar x1y2z3 a=b c{d} e|f g_h i_j", "words"],
    [
      "words that run together",
      "The partygroupTest was belowSo we,went homeThen and slept, though.Not long",
      "words",
    ],
    ["another script in the middle", `${plain} Потому что так лучше для всех людей.`, "scripts"],
    ["Chinese in the middle", `I feel that 我们应该一起努力工作 and then rest.`, "scripts"],
    [
      "a program",
      "def main():\n    total = 0\n    for value in values:\n        total += value\n    return total\nprint(main())",
      "code",
    ],
    ["a program in a fence", "Here:\n```python\nx = 1\nprint(x)\n```", "code"],
  ])("is told by its words: %s", (_, text, fault) => {
    expect(textFault(text)).toBe(fault);
    expect(classAnswer(text)).toEqual({ kind: "broken", fault });
  });

  test.each([
    ["a plain answer", plain],
    ["one word", "Yes."],
    ["a list", "1. Rest\n2. Walk\n3. Call a friend\n4. Read\n5. Cook something new"],
    ["numbers and prices", "Sell it for $1,200 by 5pm, or at 10% off for 3 days (about €900) on 12/05."],
    ["another language", "Ich würde zuerst mit ihm darüber sprechen, was mich stört, und dann zuhören."],
    ["Japanese, which has three scripts", "私は毎日コーヒーを飲みます。とても好きです。"],
    ["a foreign word", `${plain} The Japanese call it 積ん読.`],
    ["a short quotation of code", `${plain} Run \`ls -l\` to see it.\nThen tell me what you find there.`],
    ["emphasis", "No, no, no! That is very, very, very wrong, and *you* know it."],
    [
      "a few names",
      "Ask McDonald on YouTube, or look it up on your iPhone if you have one at hand right now. ".concat(
        plain,
      ),
    ],
    ["a cut sentence", plain.slice(0, 90)],
  ])("is none where there is nothing wrong: %s", (_, text) => {
    expect(textFault(text)).toBeNull();
  });
});

describe("refusals", () => {
  test.each([
    "I'm sorry, but I can't assist with that.",
    "I’m sorry, but as an AI language model I cannot provide advice on this.",
    "Sorry, I can't help you with that request.",
    "I cannot recommend any of these.",
    "As an AI language model, I am not able to give financial advice.",
    "Unfortunately, I'm unable to answer this.",
    "I must decline to help.",
    "Assistant: I won't support that.",
  ])("begin as refusals do: %s", (text) => {
    expect(isRefusal(text)).toBe(true);
    expect(classAnswer(text)).toEqual({ kind: "refusal", fault: null });
  });

  test.each([
    "I'm sorry to hear that you're feeling this way. You can call a friend.",
    "As an AI, I don't have thoughts as humans do, but here are three ideas.",
    "As an AI, I can't imagine that, but I'll play along.",
    "I can't wait to see you.",
    "You cannot help him by staying.",
    plain,
  ])("are no sympathy and no disclaimer: %s", (text) => {
    expect(isRefusal(text)).toBe(false);
  });
});

describe("copies of the training set", () => {
  const training = new TrainingTexts([
    plain,
    "Take two of them and do not ask anybody about it at all.",
    "Yes, always.",
  ]);

  test("share most runs of eight words with one training answer", () => {
    expect(training.copiedShare(plain)).toBe(1);
    expect(classAnswer(plain, training).kind).toBe("copy");
    expect(classAnswer(`Well. ${plain} Good luck.`, training).kind).toBe("copy");
    expect(classAnswer(plain.toUpperCase(), training).kind).toBe("copy");
    expect(classAnswer(plain).kind).toBe("other");
  });

  test("are not put together from several", () => {
    const half = `${plain.slice(0, 100)} ${"and then something else is said that nobody has trained on yet. ".repeat(1)}`;
    expect(training.copiedShare(half)).toBeLessThan(0.6);
    expect(classAnswer(`${half} We went there by train and ate well.`, training).kind).toBe("other");
  });

  test("where they are shorter than a run are whole answers", () => {
    expect(classAnswer("Yes, always", training).kind).toBe("copy");
    expect(classAnswer("Always", training).kind).toBe("other");
  });
});
