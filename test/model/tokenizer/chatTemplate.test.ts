import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { messageOf } from "../../../src/errors.js";
import { readJson } from "../../../src/formats/json.js";
import { ChatTemplate } from "../../../src/model/tokenizer/chatTemplate.js";

const text = z.string().nullable();
const variables = z.record(z.string(), z.string());
const golden = readJson(
  join(import.meta.dirname, "../../golden/model/chatTemplates.json"),
  z.object({
    conversations: z.array(
      z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
    ),
    templates: z.array(
      z.object({ name: z.string(), template: z.string(), variables, texts: z.array(z.tuple([text, text])) }),
    ),
    variables,
    expressions: z.array(z.object({ template: z.string(), text })),
  }),
);

/** What a template writes, or null where it refuses. */
function written(
  template: string,
  values: Readonly<Record<string, string>>,
  messages: (typeof golden.conversations)[number] = [],
  addGenerationPrompt = false,
): string | null {
  try {
    return new ChatTemplate(template, values).render(messages, { addGenerationPrompt }).text;
  } catch {
    return null;
  }
}

describe.each(golden.templates)("$name, byte for byte as transformers", ({ template, variables, texts }) => {
  test.each([...golden.conversations.entries()])("conversation %i", (index, messages) => {
    expect([false, true].map((prompt) => written(template, variables, messages, prompt))).toEqual(
      texts[index],
    );
  });
});

test.each(golden.expressions)("$template as Jinja", ({ template, text }) => {
  expect(written(template, golden.variables)).toBe(text);
});

/** The line with which a template is refused. */
function refusal(template: string): string {
  try {
    return `rendered: ${new ChatTemplate(template, {}).render([], { addGenerationPrompt: false }).text}`;
  } catch (error) {
    return messageOf(error);
  }
}

describe("what cannot be followed is refused in one line that names it", () => {
  test.each([
    ["\n{{ 'a'.encode() }}", "line 2: str.encode is not supported here"],
    ["{{ 'a' | xmlattr }}", 'line 1: the filter "xmlattr" is not supported here'],
    ["{{ 'a' is nosuch }}", 'line 1: the test "nosuch" is not supported here'],
    ["{% include 'x' %}", "line 1: the tag {% include %} is not supported here"],
    ["{{ 'ǆ'.title() }}", 'line 1: the title case of "ǆ" is not supported here'],
    ["{{ '%.2f' % 1.5 }}", 'line 1: the format "%." is not supported here'],
    ["{{ strftime_now('%c') }}", 'line 1: strftime_now with "%c" is not supported here'],
    ["{{ ('a' | safe) ~ 'b' }}", 'line 1: the filter "safe" is not supported here'],
    ["{{ 'a'.__class__ }}", "line 1: the attribute __class__ is not supported here"],
    ["{{ 9007199254740993 }}", "line 1: the number 9007199254740993 is too large"],
    ["{{ [1].append(2) }}", "line 1: list.append changes a value, which templates may not"],
    ["{% for a in [1] recursive %}{% endfor %}", "line 1: a recursive loop is not supported here"],
  ])("%s", (template, expected) => {
    expect(refusal(template)).toContain(expected);
    expect(refusal(template)).not.toContain("\n");
  });

  test("the template's own words stand as they are", () => {
    expect(refusal("{{ raise_exception('Turns must alternate.') }}")).toBe(
      "the chat template refuses the conversation: Turns must alternate.",
    );
  });
});

describe("a template without end is bounded", () => {
  const loops = (depth: number) =>
    "{% for i in range(100000) %}".repeat(depth) + "x" + "{% endfor %}".repeat(depth);
  test.each([
    ["a range beyond Jinja's own bound", "{{ range(10 ** 9) | length }}", "range of 1000000000 items"],
    ["nested loops", loops(3), "more than 10000000 steps of work"],
    ["nested loops that write nothing", loops(2).replace("x", ""), "more than 10000000 steps of work"],
    [
      "a text that doubles",
      "{% set n = namespace(t='ab') %}" + loops(1).replace("x", "{% set n.t = n.t + n.t %}"),
      "steps",
    ],
    [
      "a list that doubles",
      "{% set n = namespace(t=[1]) %}" + loops(1).replace("x", "{% set n.t = n.t + n.t %}"),
      "steps",
    ],
    ["a repeated text", "{{ 'x' * 10 ** 12 }}", "steps of work"],
    ["a repeated list", "{{ [1] * 10 ** 9 }}", "steps of work"],
    ["a padded text", "{{ 'x'.center(10 ** 12) }}", "not supported here"],
    [
      "a macro that calls itself",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "macros nested more than 50 deep",
    ],
    [
      "brackets without end",
      `{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`,
      "nested more than 200 deep",
    ],
    ["blocks without end", "{% if 1 %}".repeat(50_000), "nested more than 200 deep"],
    ["operators without end", `{{ 1${" + 1".repeat(100_000)} }}`, "more than 1000 operators in a row"],
    ["dots without end", `{{ a${".b".repeat(100_000)} }}`, "more than 1000 operators in a row"],
    ["a template without end", "x".repeat(1_000_001), "more than 1000000 characters"],
    ["a long run of white space", `${" ".repeat(900_000)}x{% if 1 %}{% endif %}{{ nosuch.x }}`, "undefined"],
  ])("%s", (_, template, expected) => {
    expect(refusal(template)).toContain(expected);
  });

  test("a long conversation is far from the bound", () => {
    const [qwen3] = golden.templates.filter(({ name }) => name === "Qwen 3");
    const messages = Array.from({ length: 2000 }, (_, index) => ({
      role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
      content: "<think>\nWell.\n</think>\n\n" + "word ".repeat(200),
    }));
    expect(written(qwen3?.template ?? "", {}, messages)?.length).toBeGreaterThan(2_000_000);
  });
});
