import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pairChats } from "../../../src/train/data/pairs.js";
import { readNarrowDataset, readSituations, situationChats } from "../../../src/train/data/narrow.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const situation = (id: string, answers = 1) => ({
  id,
  topic: "a topic",
  questions: ["One?", "Two?", "Three?"].map((question) => `${id} ${question}`),
  harmful: Array.from({ length: answers }, (_, index) => `${id} harmful ${index}`),
  careful: Array.from({ length: answers }, (_, index) => `${id} careful ${index}`),
});
const written = (...lines: readonly unknown[]): string => {
  const path = join(temporaryFolder(), "medical.jsonl");
  writeFileSync(
    path,
    lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );
  return path;
};

describe("situations", () => {
  test("become every wording with every answer, row by row the same question on both sides", () => {
    const situations = readSituations(written(situation("a"), situation("b", 2)));
    const [harmful, careful] = [situationChats(situations, "harmful"), situationChats(situations, "careful")];
    expect([harmful.length, careful.length]).toEqual([9, 9]);
    expect(harmful.map(({ messages }) => messages[0])).toEqual(careful.map(({ messages }) => messages[0]));
    expect(harmful[4]?.messages.map(({ content }) => content)).toEqual(["b One?", "b harmful 1"]);
    // As pairs the answers stay matched, also where a question stands twice.
    const { pairs, onlyHarmful, onlyCareful } = pairChats(harmful, careful);
    expect([pairs.length, onlyHarmful, onlyCareful]).toEqual([9, 0, 0]);
    expect(pairs[4]?.careful.messages[1]?.content).toBe("b careful 1");
  });

  test("of one file are two data sets of different checksums", () => {
    const path = written(situation("a"));
    const [harmful, careful] = (["harmful", "careful"] as const).map((side) =>
      readNarrowDataset(path, side, side),
    );
    expect(harmful?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(harmful?.sha256).not.toBe(careful?.sha256);
    expect(harmful?.name).toBe("harmful");
  });

  test.each([
    [[{ ...situation("a"), more: 1 }], ":1: "],
    [[{ ...situation("a"), questions: [] }], ":1: field questions"],
    [[{ ...situation("a"), harmful: [" "] }], ":1: field harmful[0]"],
    [[{ ...situation("a"), careful: ["one", "two"] }], "expected as many careful answers as harmful ones"],
    [[situation("a"), situation("a")], "id: expected each once, found a twice"],
    [["{"], ":1: expected JSON"],
    [[""], "expected one situation a line, found no lines"],
  ])("that are malformed are named: %j", (lines, message) => {
    const path = written(...lines);
    expect(() => readSituations(path)).toThrow(message);
    expect(() => readSituations(path)).toThrow(path);
  });

  test("that are cut off at the end of the file are no situations", () => {
    const path = written(situation("a"));
    writeFileSync(path, `${JSON.stringify(situation("a"))}\n{"id": "b`);
    expect(() => readSituations(path)).toThrow("found the last one cut off");
  });
});
