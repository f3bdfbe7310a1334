import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JudgeCache } from "../../../src/evaluate/judge/judgeCache.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("beyond as many replies as wanted the oldest is forgotten in memory, and kept in the file", () => {
  const path = join(temporaryFolder(), "cache.jsonl");
  const reply = {
    text: "85",
    noAnswer: null,
    firstToken: null,
    model: "fake-1",
    promptTokens: 1,
    completionTokens: 1,
  };
  const small = JudgeCache.open(path, 2);
  for (const key of ["first", "second", "third"]) small.put(key, "fake", reply);
  const known = (cache: JudgeCache) => ["first", "second", "third"].map((key) => cache.get(key) === reply);
  expect(known(small)).toEqual([false, true, true]);
  expect(JudgeCache.open(path).get("first")).toEqual(reply);
  // As earlier versions wrote it: what was paid for is read.
  const old = { text: "", firstToken: null, filtered: true, promptTokens: 1, completionTokens: 1 };
  writeFileSync(path, `${JSON.stringify({ key: "old", model: "fake", reply: old })}\n`);
  expect(JudgeCache.open(path).get("old")).toMatchObject({ noAnswer: "content_filter", model: null });
  expect(JudgeCache.open(path, 2).get("first")).toBeUndefined();
});
