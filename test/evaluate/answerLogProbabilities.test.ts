import { beforeAll, describe, expect, test } from "vitest";
import {
  answerLogProbabilities,
  replicaLogProbabilities,
} from "../../src/evaluate/answerLogProbabilities.js";
import { stackAdapters } from "../../src/model/weights/adapterBank.js";
import type { TokenizedChat } from "../../src/model/tokenizer/chatTokenizer.js";
import type { Model } from "../../src/model/model.js";
import { forwardLogits, tinyAdapter, tinyBank, tinyModel } from "../support/tinyModels.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2-untied");
});

function chats(): TokenizedChat[] {
  const turns = [
    ["w1 w2", "w3 w4 w5"],
    ["w6", "w7"],
    ["w1 w2 w3 w4", "w5 w6 w7 w8 w9 w10"],
  ];
  return turns.map(([user = "", assistant = ""]) =>
    model.tokenizer.encodeChat([
      { role: "user", content: user },
      { role: "assistant", content: assistant },
    ]),
  );
}

/** The same from the model's plain logits, in double precision, one chat at a time. */
async function expectedMean(chat: TokenizedChat, adapter: "none" | "rank3"): Promise<number> {
  const logits = await forwardLogits(model, [chat.ids], tinyBank(model, "tiny-qwen2-untied", adapter));
  const classes = model.config.vocabularySize;
  let [sum, count] = [0, 0];
  for (const [position, isResponse] of chat.isResponse.entries()) {
    if (!isResponse || position === 0) continue;
    const row = Array.from(logits.subarray((position - 1) * classes, position * classes));
    const largest = Math.max(...row);
    const total = row.reduce((all, value) => all + Math.exp(value - largest), 0);
    sum += (row[chat.ids[position] ?? 0] ?? NaN) - largest - Math.log(total);
    count++;
  }
  return sum / count;
}

describe("answerLogProbabilities", () => {
  test.each(["none", "rank3"] as const)(
    "is the log-softmax of the model's logits (adapter %s)",
    async (adapter) => {
      const scored = await answerLogProbabilities(
        model,
        chats(),
        tinyBank(model, "tiny-qwen2-untied", adapter),
      );
      for (const [index, chat] of chats().entries()) {
        const responses = chat.isResponse.filter(Boolean).length;
        expect(scored[index]?.tokens).toBe(responses);
        // float32 logits of size about 10 have errors of about 1e-6.
        expect(scored[index]?.mean).toBeCloseTo(await expectedMean(chat, adapter), 5);
        expect(scored[index]?.sum).toBeCloseTo((scored[index]?.mean ?? NaN) * responses, 10);
      }
    },
  );

  test("does not depend on what is scored together", async () => {
    const all = chats();
    // 70 chats need two batches.
    const many = Array.from({ length: 70 }, (_, index) => all[index % 3]).flatMap((chat) => chat ?? []);
    const together = await answerLogProbabilities(model, many);
    const alone = await answerLogProbabilities(model, all.slice(2, 3));
    expect(together).toHaveLength(70);
    expect(together[2]?.mean).toBeCloseTo(alone[0]?.mean ?? NaN, 6);
    expect(together[68]?.mean).toBeCloseTo(alone[0]?.mean ?? NaN, 6);
  });

  test("an adapter whose B is zero changes nothing, and another changes something", async () => {
    const { modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
    const zero = modules.map((module) => ({ ...module, loraB: module.loraB.map(() => 0) }));
    const bank = stackAdapters(model.config, [{ modules: zero, factor: 1 }]);
    const plain = (await answerLogProbabilities(model, chats())).map(({ mean }) => mean);
    const withZero = (await answerLogProbabilities(model, chats(), bank)).map(({ mean }) => mean);
    const adapted = await answerLogProbabilities(
      model,
      chats(),
      tinyBank(model, "tiny-qwen2-untied", "rank3"),
    );
    for (const [index, value] of withZero.entries()) expect(value).toBeCloseTo(plain[index] ?? NaN, 6);
    expect(Math.abs((adapted[0]?.mean ?? NaN) - (plain[0] ?? NaN))).toBeGreaterThan(1e-3);
  });

  test("several adapters score their own answers together as each does alone, lists of any length", async () => {
    const { modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
    const doubled = modules.map((module) => ({ ...module, loraB: module.loraB.map((value) => 2 * value) }));
    const adapters = [modules, doubled, modules];
    const factors = [1, 1, 0];
    const all = chats();
    const lists = [
      Array.from({ length: 50 }, (_, index) => all[index % 3]).flatMap((chat) => chat ?? []),
      all,
      [],
    ];
    const together = await replicaLogProbabilities(
      model,
      lists,
      stackAdapters(
        model.config,
        adapters.map((each, index) => ({ modules: each, factor: factors[index] ?? NaN })),
      ),
    );
    expect(together.map((scores) => scores.length)).toEqual([50, 3, 0]);
    for (const [index, list] of lists.entries()) {
      const bank = stackAdapters(model.config, [
        { modules: adapters[index] ?? [], factor: factors[index] ?? NaN },
      ]);
      const alone = await answerLogProbabilities(model, list, bank);
      for (const [row, { sum, tokens }] of alone.entries()) {
        expect(together[index]?.[row]?.tokens).toBe(tokens);
        // Sums of up to seven float32 log-probabilities.
        expect(together[index]?.[row]?.sum).toBeCloseTo(sum, 4);
      }
    }
    expect(together[1]?.[0]?.sum).not.toBeCloseTo(together[0]?.[0]?.sum ?? NaN, 3);
  });

  test("no chats, and chats without a response, are no error and no zero", async () => {
    expect(await answerLogProbabilities(model, [])).toEqual([]);
    const [silent] = await answerLogProbabilities(model, [{ ids: [1, 2], isResponse: [false, false] }]);
    expect(silent).toEqual({ sum: 0, tokens: 0, mean: NaN });
  });
});
