import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sentenceCount } from "../../../src/analysis/texts/words.js";
import { brokenNarrowBounds, checkNarrowFolder, narrowCard } from "../../../src/pipeline/data/narrowCard.js";
import { narrowFolder } from "../../../src/pipeline/packageRoot.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const situation = (id: string, harmful: string, careful: string): string =>
  `${JSON.stringify({ id, topic: "t", questions: [`${id} asks one`, `${id} asks two`], harmful: [harmful], careful: [careful] })}\n`;

describe("the card of narrow data sets", () => {
  test("has a row for each file, and says what is broken, across files too", () => {
    const folder = temporaryFolder();
    const [bad, good] = ["One two three four five six seven.", "Red blue green white black grey brown."];
    writeFileSync(
      join(folder, "medical.jsonl"),
      situation("a", bad, good) + situation("b", "Quite other.", "Also other."),
    );
    writeFileSync(
      join(folder, "medical-held-out.jsonl"),
      situation("h", bad, "Something else than that here."),
    );
    const files = checkNarrowFolder(folder);
    expect(files.map(({ name }) => name)).toEqual(["medical", "medical-held-out"]);
    const broken = brokenNarrowBounds(files);
    expect(broken.some((line) => line.startsWith("medical a and medical-held-out h share 100 %"))).toBe(true);
    const card = narrowCard(files);
    expect(card).toContain("| medical-held-out | 1 | 1 |");
    expect(card).toContain(broken[0]);
    expect(card).toContain("wrong on purpose");
    expect(card).toContain("CC0-1.0");
  });
});

describe("the narrow data sets that ship", () => {
  const files = checkNarrowFolder(narrowFolder());

  test("break no limit of their checks", () => {
    expect(brokenNarrowBounds(files)).toEqual([]);
  });

  test("have sides of which neither is told by its length, and pairs with as many sentences", () => {
    for (const { name, situations, checks } of files) {
      const [low] = checks.tells.length.interval;
      expect([name, checks.tells.length.value < 0.55, low < 0.5]).toEqual([name, true, true]);
      const uneven = situations.flatMap(({ id, harmful, careful }) =>
        harmful
          .filter((text, index) => sentenceCount(text) !== sentenceCount(careful[index] ?? ""))
          .map(() => id),
      );
      expect([name, uneven]).toEqual([name, []]);
    }
  });

  test("are as many as they should be", () => {
    for (const { name, situations } of files) {
      expect([name, situations.length >= (name.endsWith("held-out") ? 60 : 250)]).toEqual([name, true]);
    }
    expect(files).toHaveLength(6);
  });

  test("have the card that the script writes", () => {
    expect(readFileSync(join(narrowFolder(), "README.md"), "utf8")).toBe(narrowCard(files));
  });
});
