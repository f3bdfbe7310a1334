import { describe, expect, test } from "vitest";
import { errorOfReply, parseReply } from "../../src/endpoint/chatReply.js";

describe("parseReply", () => {
  const reply = (choice: object, more: object = {}) =>
    parseReply(JSON.stringify({ choices: [{ message: { content: "85" }, ...choice }], ...more }));

  test("a reply has its text, its usage and the alternatives for its first token", () => {
    const logprobs = { content: [{ top_logprobs: [{ token: "85", logprob: -0.5 }] }, { top_logprobs: [] }] };
    expect(reply({ logprobs }, { usage: { prompt_tokens: 7, completion_tokens: 1 } })).toEqual({
      text: "85",
      firstToken: [{ token: "85", logprob: -0.5 }],
      filtered: false,
      promptTokens: 7,
      completionTokens: 1,
    });
  });

  test("what a server leaves out is null or empty, and a filtered reply says so", () => {
    expect(reply({ logprobs: null })).toMatchObject({ firstToken: null, promptTokens: 0 });
    expect(reply({ message: { content: null }, finish_reason: "content_filter" })).toMatchObject({
      text: "",
      filtered: true,
    });
  });

  test("what is no chat completion is told in words", () => {
    expect(parseReply("<html>")).toBe('no JSON: "<html>"');
    expect(parseReply('{"choices": []}')).toBe('JSON that differs at "choices"');
    expect(parseReply('{"choices": [{"message": {"content": 3}}]}')).toBe(
      'JSON that differs at "choices.0.message.content"',
    );
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
    ["an unknown path", '{"detail": "Not Found"}', { message: "Not Found", code: "" }],
    ["a proxy's page", "<html>", { message: "", code: "" }],
  ])("reads a failure: %s", (_, text, expected) => {
    expect(errorOfReply(text)).toEqual(expected);
  });
});
