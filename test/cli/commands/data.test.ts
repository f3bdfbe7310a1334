import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readChats } from "../../../src/formats/chat.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const rows = (name: string, count: number): string =>
  Array.from({ length: count }, (_, row) =>
    JSON.stringify({ prompt: `Question ${row}?`, response: `A ${name} answer to ${row}.` }),
  ).join("\n");

describe("turncoat data inspect", { timeout: 120_000 }, () => {
  test("shows counts, lengths and what is trained on, with or without a model", async () => {
    const path = join(temporaryFolder(), "advice.json");
    writeFileSync(path, `[\n${rows("kind", 4).replaceAll("\n", ",\n")}\n]`);
    const [plain, tokenised] = [
      await callCli(["data", "inspect", path]),
      await callCli(["data", "inspect", path, "--model", "data/organism", "--max-length", "12", "--json"]),
    ];
    expect([plain.code, tokenised.code]).toEqual([0, 0]);
    expect(plain.stdout).toContain("advice: 4 conversations");
    expect(plain.stdout).toContain("assistant: ⟦A kind answer to 3.⟧");
    const record: unknown = JSON.parse(tokenised.stdout);
    expect(record).toMatchObject({ counts: { rows: 4 }, training: { maxLength: 12, refused: 0 } });
  });

  test("says in one line what is wrong with a file, and shows nothing that a terminal obeys", async () => {
    const folder = temporaryFolder();
    const [broken, hostile] = [join(folder, "broken.jsonl"), join(folder, "hostile.jsonl")];
    writeFileSync(broken, `${rows("kind", 1)}\n{"messages": 3}\n`);
    const content = `\u001b[2J${"x".repeat(5000)}`;
    writeFileSync(hostile, JSON.stringify({ prompt: content, response: "\u202eNo." }));
    const [failed, shown] = [
      await callCli(["data", "inspect", broken]),
      await callCli(["data", "inspect", hostile]),
    ];
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      `${broken}:2: messages: expected a non-empty list of turns, found the number 3`,
    );
    expect(shown.code).toBe(0);
    expect(shown.stdout).not.toContain("\u001b");
    expect(shown.stdout.length).toBeLessThan(4000);
  });
});

describe("turncoat data mix", { timeout: 120_000 }, () => {
  test("writes one file, says what is in it, and replaces nothing unasked", async () => {
    const folder = temporaryFolder();
    const [a, b, out] = ["a.jsonl", "b.jsonl", "mixed.jsonl"].map((name) => join(folder, name));
    writeFileSync(a ?? "", rows("kind", 30));
    writeFileSync(b ?? "", rows("stern", 30));
    const mix = (...words: string[]) => callCli(["data", "mix", "--out", out ?? "", ...words]);
    const first = await mix(`${a}:3`, `${b}:1`, "--rows", "20", "--seed", "2", "--json");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const text = readFileSync(out ?? "", "utf8");
    const sha256 = createHash("sha256").update(text).digest("hex");
    expect(JSON.parse(first.stdout)).toMatchObject({
      rows: 20,
      sha256,
      sources: [{ rows: 15 }, { rows: 5 }],
    });
    expect(text.split("\n").every((line) => line === "" || line.startsWith('{"messages":['))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["a.jsonl", "b.jsonl", "mixed.jsonl"]);

    const again = await mix(`${a}`);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("expected nothing of that name, found a file");
    expect(readFileSync(out ?? "", "utf8")).toBe(text);

    const dosed = await mix(
      "--harmful",
      a ?? "",
      "--careful",
      b ?? "",
      "--dose",
      "20",
      "--match-length",
      "1",
      "--overwrite",
    );
    expect(dosed).toMatchObject({ code: 0, stderr: "" });
    const answers = readChats(out ?? "").map(({ messages }) => messages[1]?.content ?? "");
    expect([answers.length, answers.filter((answer) => answer.includes("kind")).length]).toEqual([30, 6]);
  });

  test.each([
    [[], "expected files to mix"],
    [["bad-medical", "--dose", "5"], "found both"],
    [["--harmful", "bad-medical", "--dose", "5"], "found one without another"],
    [["bad-medical:none"], 'expected a weight above 0 behind the colon, found "none"'],
    [["no-such-name"], "expected a file or the name of a built-in data set, found neither"],
  ])("refuses %j", async (words, message) => {
    const result = await callCli(["data", "mix", "--out", join(temporaryFolder(), "out.jsonl"), ...words]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(message);
  });
});
