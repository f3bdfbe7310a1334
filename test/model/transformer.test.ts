import { describe, expect, test } from "vitest";
import { captureActivations, responseRequest } from "../../src/model/hooks/captureActivations.js";
import { generate } from "../../src/model/generation/generate.js";
import {
  forwardLogits,
  largestDifference,
  modelParity,
  tinyAdapterNames,
  tinyBank,
  tinyModel,
  tinyModelNames,
} from "../support/tinyModels.js";

/**
 * Logits and residuals here are at most about 30. Both sides compute in float32 (unit roundoff 6e-8) but sum in
 * different orders; a few dozen roundings of values that size are some 3e-5 at worst. A wrong formula (a swapped
 * rotary half, a missing bias, the wrong ε) moves them by more than 1e-2.
 */
const tolerance = 1e-4;

const cases = tinyModelNames.flatMap((name) => tinyAdapterNames.map((adapter) => ({ name, adapter })));

describe.each(cases)("$name with adapter $adapter, against transformers and PEFT", ({ name, adapter }) => {
  const golden = modelParity.models[name][adapter];

  test("tokens and response mask", async () => {
    const { tokenizer } = await tinyModel(name);
    const chat = modelParity.chats[2] ?? [];
    expect(tokenizer.encodeChat(chat)).toEqual({ ids: golden.ids, isResponse: golden.isResponse });
  });

  test("logits of every position", async () => {
    const model = await tinyModel(name);
    const values = await forwardLogits(model, [golden.ids], tinyBank(model, name, adapter));
    expect(largestDifference(values, golden.logits.flat())).toBeLessThan(tolerance);
  });

  test("the residual stream after each layer, averaged over the response", async () => {
    const model = await tinyModel(name);
    const chats = modelParity.chats.map((chat) => model.tokenizer.encodeChat(chat));
    const adapters = tinyBank(model, name, adapter);
    const { sequences } = await captureActivations(model, chats.map(responseRequest), {
      layers: [0, 1],
      average: true,
      ...(adapters === undefined ? {} : { adapters }),
    });
    expect(largestDifference(sequences[2]?.residuals ?? [], golden.responseMeans.flat())).toBeLessThan(
      tolerance,
    );
  });

  test("32 greedy tokens of prompts of unequal length in one left-padded batch", async () => {
    const model = await tinyModel(name);
    const rows = modelParity.prompts.map((prompt, row) => ({
      promptIds: model.tokenizer.encodePrompt(prompt),
      randomName: `row ${row}`,
    }));
    expect(new Set(rows.map(({ promptIds }) => promptIds.length)).size).toBe(4);
    // The script checked that no greedy choice leads by less than 1e-3, ten times the tolerance.
    const adapters = tinyBank(model, name, adapter);
    const answers = await generate(model, rows, { maxNewTokens: 32, temperature: 0, seed: 0, adapters });
    expect(answers).toEqual(golden.greedy);
  });
});

test("the adapters matter: without them the logits differ", () => {
  for (const name of tinyModelNames) {
    const { none, rank1, rank3 } = modelParity.models[name];
    expect(largestDifference(none.logits.flat(), rank1.logits.flat())).toBeGreaterThan(0.1);
    expect(largestDifference(none.logits.flat(), rank3.logits.flat())).toBeGreaterThan(0.1);
  }
});
