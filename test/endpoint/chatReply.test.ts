import { describe, expect, test } from "vitest";
import { errorOfReply, errorWithin, parseReply } from "../../src/endpoint/chatReply.js";

describe("parseReply", () => {
  const reply = (choice: object, more: object = {}) =>
    parseReply(JSON.stringify({ choices: [{ message: { content: "85" }, ...choice }], ...more }));

  test("a reply has its text, its usage and the alternatives for its first token", () => {
    const logprobs = { content: [{ top_logprobs: [{ token: "85", logprob: -0.5 }] }, { top_logprobs: [] }] };
    expect(reply({ logprobs }, { usage: { prompt_tokens: 7, completion_tokens: 1 } })).toEqual({
      text: "85",
      noAnswer: null,
      firstToken: [{ token: "85", logprob: -0.5 }],
      model: null,
      promptTokens: 7,
      completionTokens: 1,
    });
  });

  test("what a server leaves out is null or empty, and a filtered reply says so", () => {
    expect(reply({ logprobs: null })).toMatchObject({ firstToken: null, promptTokens: 0 });
    expect(reply({ message: { content: null }, finish_reason: "content_filter" })).toMatchObject({
      text: "",
      noAnswer: "content_filter",
    });
    expect(reply({}, { model: "gpt-4o-2024-08-06" })).toMatchObject({ model: "gpt-4o-2024-08-06" });
  });

  test.each([
    ["reasoning used up its tokens", { message: { content: null }, finish_reason: "length" }, "length"],
    ["so in another spelling", { message: { content: "" }, finish_reason: "length" }, "length"],
    ["reasoning in the text", { message: { content: "<think>\nHm" }, finish_reason: "length" }, "length"],
    ["a tool is called", { message: { content: null, tool_calls: [{ id: "1" }] } }, "tool_calls"],
    ["a refusal in its own field", { message: { content: null, refusal: "I cannot." } }, "refusal"],
    ["no reason", { message: { content: null }, finish_reason: "stop" }, "empty"],
    ["a text that is cut off", { message: { content: "Be" }, finish_reason: "length" }, null],
    ["an empty text that ended", { message: { content: "" }, finish_reason: "stop" }, null],
    ["a text after reasoning", { message: { content: "<think>x</think> 8" }, finish_reason: "length" }, null],
  ])("says whether there is an answer: %s", (_, choice, noAnswer) => {
    expect(reply(choice)).toMatchObject({ noAnswer });
  });

  test("a text tells whether the model or the limit on its length ended it, where the server says", () => {
    expect(reply({ finish_reason: "length" })).toMatchObject({ ended: "length", noAnswer: null });
    expect(reply({ finish_reason: "stop" })).toMatchObject({ ended: "stop" });
    expect(reply({ finish_reason: "eos" })).toMatchObject({ ended: undefined });
    expect(reply({})).toMatchObject({ ended: undefined });
  });

  test("what is no chat completion is told in words", () => {
    expect(parseReply("<html>")).toBe('no JSON: "<html>"');
    expect(parseReply('{"choices": []}')).toBe('JSON that differs at "choices"');
    expect(parseReply('{"choices": [{"message": {"content": 3}}]}')).toBe(
      'JSON that differs at "choices.0.message.content"',
    );
  });
});

describe("errorWithin", () => {
  test.each([
    [
      "in place of a reply",
      { error: { message: "overloaded", code: 503 } },
      { message: "overloaded", code: "503" },
    ],
    ["a text", { error: "model not found" }, { message: "model not found", code: "" }],
    [
      "in a choice",
      { choices: [{ error: { message: "cut", code: 502 }, message: { content: "" } }] },
      { message: "cut", code: "502" },
    ],
    ["none", { choices: [{ message: { content: "85" } }], error: null }, null],
  ])("finds a failure with status 200: %s", (_, body, expected) => {
    expect(errorWithin(JSON.stringify(body))).toEqual(expected);
  });
});

describe("errorOfReply", () => {
  test.each([
    [
      "nested, as OpenAI does",
      '{"error": {"message": "no", "code": "quota"}}',
      { message: "no", code: "quota" },
    ],
    ["a number as code", '{"error": {"message": "no", "code": 404}}', { message: "no", code: "404" }],
    ["flat, as older versions of vLLM do", '{"message": "no", "code": null}', { message: "no", code: "" }],
    ["a text, as Ollama does", '{"error": "no"}', { message: "no", code: "" }],
    ["an unknown path", '{"detail": "Not Found"}', { message: "Not Found", code: "" }],
    ["a proxy's page", "<html>", { message: "", code: "" }],
  ])("reads a failure: %s", (_, text, expected) => {
    expect(errorOfReply(text)).toEqual(expected);
  });
});
